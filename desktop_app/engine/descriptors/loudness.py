"""Integrated loudness after ITU-R BS.1770-4."""

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.descriptors.vectors import Floats

ABSOLUTE_GATE = -70.0  # LUFS
RELATIVE_GATE = -10.0  # LU under the mean of what passes the absolute gate
OFFSET = -0.691
STEP_SECONDS = 0.1  # gating blocks of 400 ms overlap by 75 %
STEPS = 4


class LoudnessMeter:
    """Takes blocks (channels, n) as they come; ``integrated`` answers for all of them."""

    def __init__(self, rate: int, channels: int) -> None:
        self._weights = _channel_weights(channels)
        self._step = max(1, round(rate * STEP_SECONDS))
        self._response = impulse_response(rate)
        self._size = 1 << int(np.ceil(np.log2(4 * len(self._response))))
        self._spectrum = _transformed(np.pad(self._response, (0, self._size - len(self._response)))[None]).repeat(
            channels, axis=0
        )
        self._past: Floats = np.zeros((channels, len(self._response) - 1), dtype=np.float32)
        self._waiting: Floats = np.zeros(0, dtype=np.float32)
        self._energies: list[NDArray[np.float64]] = []

    def add(self, samples: Floats) -> None:
        """float32 (channels, n), −1..1."""
        filtered = self._filtered(samples)
        power = self._weights @ np.square(filtered, out=filtered)
        power = np.concatenate([self._waiting, power])
        whole = len(power) // self._step
        self._energies.append(power[: whole * self._step].reshape(whole, self._step).mean(axis=1, dtype=np.float64))
        self._waiting = power[whole * self._step :]

    def integrated(self) -> float | None:
        """LUFS; None where nothing passes the gates (silence), or there is less than 400 ms."""
        steps = np.concatenate(self._energies) if self._energies else np.zeros(0)
        if len(steps) < STEPS:
            return None
        blocks = np.lib.stride_tricks.sliding_window_view(steps, STEPS).mean(axis=1)
        loud = blocks[blocks > _power(ABSOLUTE_GATE)]
        if loud.size == 0:
            return None
        gate = 10 ** (RELATIVE_GATE / 10) * loud.mean()
        return float(OFFSET + 10 * np.log10(loud[loud > gate].mean()))

    def _filtered(self, samples: Floats) -> Floats:
        """Overlap-save convolution with the weighting's impulse response, which goes on across blocks."""
        import cv2

        keep = len(self._response) - 1
        useful = self._size - keep
        joined = np.hstack([self._past, samples])
        result = np.empty_like(samples)
        for start in range(0, samples.shape[1], useful):
            part = joined[:, start : start + self._size]
            length = part.shape[1]
            if length < self._size:
                part = np.pad(part, ((0, 0), (0, self._size - length)))
            product = cv2.mulSpectrums(_transformed(part), self._spectrum, cv2.DFT_ROWS)
            filtered = cv2.idft(product, flags=cv2.DFT_ROWS | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT)
            result[:, start : start + length - keep] = filtered[:, keep:length]
        self._past = joined[:, joined.shape[1] - keep :].copy()
        return result


def impulse_response(rate: int) -> Floats:
    """The K-weighting (high shelf, then high pass) as an impulse response, float32, long enough to have died away.

    The analogue prototypes behind the standard's 48 kHz coefficients, so that it holds at any rate.
    """
    length = max(64, int(rate * 0.06))
    impulse = np.zeros(length)
    impulse[0] = 1.0
    return _biquad(_biquad(impulse, *_high_shelf(rate)), *_high_pass(rate)).astype(np.float32)


def _transformed(rows: Floats) -> Floats:
    """Packed spectra of real rows; many times as fast here as numpy's transform."""
    import cv2

    return np.asarray(cv2.dft(rows, flags=cv2.DFT_ROWS), dtype=np.float32)


def _biquad(signal: NDArray[np.float64], b: tuple[float, ...], a: tuple[float, ...]) -> NDArray[np.float64]:
    result = np.zeros_like(signal)
    first = second = 0.0
    for index, value in enumerate(signal.tolist()):
        out = b[0] * value + first
        first = b[1] * value - a[1] * out + second
        second = b[2] * value - a[2] * out
        result[index] = out
    return result


def _high_shelf(rate: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    k = np.tan(np.pi * min(1681.974450955533, 0.49 * rate) / rate)
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    q = 0.7071752369554196
    a0 = 1 + k / q + k * k
    b = ((high + band * k / q + k * k) / a0, 2 * (k * k - high) / a0, (high - band * k / q + k * k) / a0)
    return b, (1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0)


def _high_pass(rate: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    k = np.tan(np.pi * 38.13547087602444 / rate)
    q = 0.5003270373238773
    a0 = 1 + k / q + k * k
    return (1.0, -2.0, 1.0), (1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0)


def _power(loudness: float) -> float:
    return 10 ** ((loudness - OFFSET) / 10)


def _channel_weights(channels: int) -> Floats:
    """Of left, right, centre, low frequency (left out), surrounds, in the order of WAVE files."""
    orders = {4: [1.0, 1.0, 1.41, 1.41], 5: [1.0, 1.0, 1.0, 1.41, 1.41], 6: [1.0, 1.0, 1.0, 0.0, 1.41, 1.41]}
    return np.array(orders.get(channels, [1.0] * channels), dtype=np.float32)
