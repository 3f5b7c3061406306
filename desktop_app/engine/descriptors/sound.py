"""The ``sound`` space: how a track sounds, by timbre, dynamics, rhythm and harmony, whatever its level and key.

Measurements are brought to one scale by fixed robust constants, and to few dimensions by a fitted linear map that
whitens what varies within a recording. Both lie under ``resources/descriptors`` beside the script that fits them and
their model card; a change of either, or of the measurements, is a new ``VERSION``.
"""

from functools import cache

import numpy as np

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.descriptors.sound_measurements import measured
from desktop_app.engine.descriptors.spectrum import Spectra
from desktop_app.engine.descriptors.vectors import Floats, unit
from desktop_app.paths import resource_path

VERSION = 1
DIM = 64
LIMIT = 3.0  # deviations beyond which a measurement counts no more
MAP = f"descriptors/sound-{VERSION}.npz"

SPEC = SpaceSpec(
    name="sound", version=VERSION, kind=Kind.TRACK, dim=DIM, metric=Metric.COSINE, index_dim=DIM, title="Sound"
)


def describe_sound(spectra: Spectra) -> Floats:
    """float32 (64,), L2 length 1; the even vector for silence."""
    if spectra.silent:
        return unit(np.zeros(DIM, dtype=np.float32))
    centre, scale, mean, matrix = _fitted()
    scaled = np.clip((sound_input(spectra) - centre) / scale, -LIMIT, LIMIT)
    return unit(np.asarray((scaled - mean) @ matrix, dtype=np.float32))


def sound_input(spectra: Spectra) -> Floats:
    """What the fitted map takes: all measurements, joined, float32 (n,)."""
    return np.concatenate(list(measured(spectra).values()))


@cache
def _fitted() -> tuple[Floats, Floats, Floats, Floats]:
    with np.load(resource_path(MAP), allow_pickle=False) as stored:
        parts = [stored[name].astype(np.float32) for name in ("centre", "scale", "mean", "matrix")]
    return parts[0], parts[1], parts[2], parts[3]
