"""The ``fingerprint`` space: which recording this is, whatever the codec, level or start.

Sub-fingerprints of 32 bits, eight a second, as signs of differences of chroma over time and pitch: the idea of
J. Haitsma and T. Kalker, "A highly robust audio fingerprinting system" (2002), on chroma as in Chromaprint.
"""

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.descriptors.vectors import Floats

SPAN = 4  # frames on either side that a difference over time looks at
SHORTEST = 16  # sub-fingerprints that two recordings must overlap by
BYTES = 4  # of one sub-fingerprint

SPEC = SpaceSpec(
    name="fingerprint", version=1, kind=Kind.TRACK, dim=0, metric=Metric.NONE, index_dim=0, title="Recording"
)


def describe_fingerprint(chroma: Floats) -> NDArray[np.uint8]:
    """uint8 (4 · frames,), of chroma (frames, 12); empty for too short or silent excerpts."""
    if len(chroma) <= 2 * SPAN or not bool(chroma.any()):
        return np.zeros(0, dtype=np.uint8)
    total = np.vstack([np.zeros((1, 12)), np.cumsum(chroma, axis=0, dtype=np.float64)])
    after = total[2 * SPAN :] - total[SPAN:-SPAN]
    before = total[SPAN:-SPAN] - total[: -2 * SPAN]
    both = after + before
    bits = np.hstack(
        [
            after > before,
            both > np.roll(both, 1, axis=1),
            both[:, :8] > np.roll(both, 5, axis=1)[:, :8],
        ]
    )
    return np.packbits(bits, axis=1).ravel()


def fingerprint_similarity(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """0 (unrelated) .. 1 (the same recording) at the offset in time where the bits agree best."""
    signs = [_signs(one) for one in (first, second)]
    shorter = min(len(one) for one in signs)
    if shorter < SHORTEST:
        return 0.0
    size = 1 << int(np.ceil(np.log2(len(signs[0]) + len(signs[1]))))
    spectra = [np.fft.rfft(one, size, axis=0) for one in signs]
    agreement = np.fft.irfft(np.sum(spectra[0] * np.conj(spectra[1]), axis=1), size)
    offsets = np.arange(size)
    offsets = np.where(offsets > size // 2, offsets - size, offsets)
    overlap = np.minimum(len(signs[0]) - offsets, len(signs[1])) - np.maximum(0, -offsets)
    enough = overlap >= max(SHORTEST, shorter // 3)
    if not bool(enough.any()):
        return 0.0
    return float(np.clip((agreement[enough] / (8 * BYTES * overlap[enough])).max(), 0.0, 1.0))


def _signs(fingerprint: NDArray[np.uint8]) -> Floats:
    whole = fingerprint[: fingerprint.size // BYTES * BYTES].reshape(-1, BYTES)
    return np.unpackbits(whole, axis=1).astype(np.float32) * 2 - 1
