"""The ``sound`` space: how a track sounds, by what a small network makes of it, timbre, rhythm and harmony.

Whatever its level and key. The network weighs most; statistics, each brought to one scale by fixed robust constants,
tell apart what is of one genre. A linear map lessens what codecs change and turns everything to its main axes; a
constant beside them keeps copies of an average track together, whose own values are small. All of it lies under
``resources/descriptors`` beside the scripts that fit it and its model card; a change of any of it, or of the
measurements, is a new ``VERSION``.
"""

from functools import cache

import numpy as np

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.descriptors.sound_measurements import measured
from desktop_app.engine.descriptors.sound_network import heard
from desktop_app.engine.descriptors.spectrum import Spectra
from desktop_app.engine.descriptors.vectors import Floats, unit
from desktop_app.paths import resource_path

VERSION = 3
DIM = 128
LIMIT = 3.0  # deviations beyond which a measurement counts no more; the network's answer has no limit
FITTED = f"descriptors/sound-{VERSION}.npz"

SPEC = SpaceSpec(
    name="sound", version=VERSION, kind=Kind.TRACK, dim=DIM, metric=Metric.COSINE, index_dim=DIM, title="Sound"
)


def describe_sound(spectra: Spectra) -> Floats:
    """float32 (128,), L2 length 1; the even vector for silence."""
    if spectra.silent:
        return unit(np.zeros(DIM, dtype=np.float32))
    centre, scale, limit, matrix, constant = _fitted()
    values = np.clip((sound_input(spectra) - centre) / scale, -limit, limit)
    return unit(np.concatenate([values @ matrix, constant]).astype(np.float32))


def sound_input(spectra: Spectra) -> Floats:
    """What is scaled and mapped: the network's answer, then all measurements, joined, float32 (n,)."""
    return np.concatenate([heard(spectra.bands), *measured(spectra).values()])


@cache
def _fitted() -> tuple[Floats, Floats, Floats, Floats, Floats]:
    with np.load(resource_path(FITTED), allow_pickle=False) as stored:
        centre, scale, limit, matrix, constant = (
            stored[name].astype(np.float32) for name in ("centre", "scale", "limit", "matrix", "constant")
        )
    return centre, scale, limit, matrix, constant
