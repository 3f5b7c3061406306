"""The ``sound`` space: timbre, harmony and rhythm statistics of an excerpt."""

from functools import cache

import numpy as np

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.descriptors.spectrum import RATE, decibels, mel_filters
from desktop_app.engine.descriptors.vectors import Floats, block, unit

FRAME = 2048
HOP = 512
MEL_BANDS = 40
CEPSTRA = 20

SPEC = SpaceSpec(
    name="sound",
    version=1,
    kind=Kind.TRACK,
    dim=3 * CEPSTRA - 1,
    metric=Metric.COSINE,
    index_dim=3 * CEPSTRA - 1,
    title="Sound",
)


def describe_sound(power: Floats) -> Floats:
    """float32 (dim,), L2 length 1, of a power spectrum (frames, FRAME // 2 + 1)."""
    levels = decibels(power @ mel_filters(MEL_BANDS, FRAME, 40.0, RATE / 2), 80.0)
    cepstra = levels @ _cosines()
    change = np.diff(cepstra, axis=0) if len(cepstra) > 1 else np.zeros_like(cepstra)
    return unit(
        np.concatenate(
            [block(cepstra.mean(axis=0)[1:] / 10, 1.0), block(cepstra.std(axis=0), 1.0), block(change.std(axis=0), 1.0)]
        )
    )


@cache
def _cosines() -> Floats:
    angle = np.pi * np.outer(np.arange(MEL_BANDS) + 0.5, np.arange(CEPSTRA)) / MEL_BANDS
    return (np.cos(angle) * np.sqrt(2.0 / MEL_BANDS)).astype(np.float32)
