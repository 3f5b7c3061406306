"""The network that the small one of ``sound`` learns from: MusiCNN, by J. Pons and X. Serra (2019), ISC licence.

Its weights are read from the folders of the package ``musicnn`` 0.1.0 (TensorFlow checkpoints, read here without
TensorFlow). A tool of fitting only: nothing of it is shipped.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import soxr
import torch
from numpy.typing import NDArray
from torch.nn import functional

RATE, FFT, HOP, BANDS, FRAMES = 16000, 512, 256, 96, 187
PENULTIMATE, TAGS = 200, 50
MODELS = ("MTT_musicnn", "MSD_musicnn")

Tensor = torch.Tensor


class Teacher:
    """Two networks of one shape, taught on two collections; both speak."""

    def __init__(self, folder: Path) -> None:
        self._models = [_weights(folder / name) for name in MODELS]
        self._mel = librosa.filters.mel(sr=RATE, n_fft=FFT, n_mels=BANDS)

    def says(self, pieces: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
        """Of mono pieces (n, 3 s): the last layers of both, then the tags' logits of both, (n, 400 + 100)."""
        patches = torch.tensor(np.stack([self._patch(piece, rate) for piece in pieces]))
        with torch.no_grad():
            said = [_answer(weights, patches) for weights in self._models]
        return np.hstack([*(last.numpy() for last, _ in said), *(tags.numpy() for _, tags in said)])

    def _patch(self, piece: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
        spectrum = librosa.stft(soxr.resample(piece, rate, RATE), n_fft=FFT, hop_length=HOP)
        levels = np.log10(10000 * (self._mel @ np.abs(spectrum) ** 2).T + 1).astype(np.float32)
        return np.pad(levels, ((0, 4), (0, 0)), mode="edge")[:FRAMES]


def _answer(weights: dict[str, Tensor], patches: Tensor) -> tuple[Tensor, Tensor]:
    def normal(number: int) -> tuple[Tensor, Tensor]:
        name = f"batch_normalization{f'_{number}' if number else ''}/"
        gain = weights[name + "gamma"] / torch.sqrt(weights[name + "moving_variance"] + 1e-3)
        return gain, weights[name + "beta"] - weights[name + "moving_mean"] * gain

    def kernel(number: int) -> tuple[Tensor, Tensor]:
        name = f"conv2d{f'_{number}' if number else ''}/"
        return weights[name + "kernel"].permute(3, 2, 0, 1).contiguous(), weights[name + "bias"]

    def front(padded: Tensor, number: int) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            rectified = functional.relu(functional.conv2d(padded, *kernel(number))).float()
        gain, shift = normal(number + 1)
        # The maximum over frequency of what is normalised: the minimum before it, where the gain is negative.
        chosen = torch.where((gain >= 0)[None, :, None], rectified.amax(3), rectified.amin(3))
        return chosen * gain[None, :, None] + shift[None, :, None]

    def middle(signal: Tensor, number: int) -> Tensor:
        filters, bias = kernel(number)
        padded = functional.pad(signal, (3, 3))
        gain, shift = normal(number + 1)
        rectified = functional.relu(functional.conv1d(padded, filters[:, 0].transpose(1, 2).contiguous(), bias))
        return rectified * gain[None, :, None] + shift[None, :, None]

    gain, shift = normal(0)
    image = (patches * gain + shift)[:, None]
    timbral = functional.pad(image, (0, 0, 3, 3))
    parts = [front(timbral, 0), front(timbral, 1)]
    for number, length in ((2, 128), (3, 64), (4, 32)):
        before = (length - 1) // 2
        parts.append(front(functional.pad(image, (0, 0, before, length - 1 - before)), number))
    joined = torch.cat(parts, 1)
    first = middle(joined, 5)
    second = middle(first, 6) + first
    third = middle(second, 7) + second
    layers = torch.cat([joined, first, second, third], 1)
    pooled = torch.stack([layers.amax(2), layers.mean(2)], 2).reshape(len(patches), -1)
    gain, shift = normal(9)
    dense = functional.relu((pooled * gain + shift) @ weights["dense/kernel"] + weights["dense/bias"])
    gain, shift = normal(10)
    last = dense * gain + shift
    return last, last @ weights["dense_1/kernel"] + weights["dense_1/bias"]


# TensorFlow's checkpoint: a sorted string table of names, each with where its values lie in the data file.


def _weights(folder: Path) -> dict[str, Tensor]:
    table, values = (folder / ".index").read_bytes(), (folder / ".data-00000-of-00001").read_bytes()
    place = len(table) - 48
    for _ in range(2):
        _, place = _number(table, place)
    start, place = _number(table, place)
    size, _ = _number(table, place)
    found: dict[str, Tensor] = {}
    for _, handle in _entries(table, start, size):
        inner, place = _number(handle, 0)
        for name, described in _entries(table, inner, _number(handle, place)[0]):
            parts = _message(described)
            if not name or b"Adam" in name or parts.get(1) != [1]:  # only float32
                continue
            shape = [_message(each).get(1, [0])[0] for each in _message(parts.get(2, [b""])[0]).get(2, [])]
            offset, length = parts.get(4, [0])[0], parts[5][0]
            array = np.frombuffer(values[offset : offset + length], "<f4").reshape(shape)
            found[name.decode()] = torch.tensor(array.copy())
    return found


def _entries(table: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    block = table[start : start + size]
    end = size - 4 - 4 * int.from_bytes(block[-4:], "little")
    place, name = 0, b""
    while place < end:
        shared, place = _number(block, place)
        own, place = _number(block, place)
        length, place = _number(block, place)
        name = name[:shared] + block[place : place + own]
        place += own + length
        yield name, block[place - length : place]


def _message(data: bytes) -> dict[int, list[Any]]:
    place, fields = 0, dict[int, list[Any]]()
    while place < len(data):
        tag, place = _number(data, place)
        if tag & 7 == 0:
            value, place = _number(data, place)
        else:
            length, place = _number(data, place) if tag & 7 == 2 else ({1: 8, 5: 4}[tag & 7], place)
            value, place = data[place : place + length], place + length
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def _number(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, place
