"""What the model worker answers. Each job names its model, so that a restarted worker needs to be told nothing."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.models.checking import ModelSource
from desktop_app.engine.models.encoding import Encoder, load

_loaded: dict[tuple[Path, str], Encoder] = {}


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a model turned out to be when it was run."""

    dim: int
    side: int
    device: str
    dtype: str


def _encoder(source: ModelSource) -> Encoder:
    key = (source.folder, source.fingerprint)
    if key not in _loaded:
        _loaded.clear()  # one at a time, they are large
        _loaded[key] = load(source)
    return _loaded[key]


def encode_images(source: ModelSource, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, side, side, 3) sRGB → (n, dim) float32 of L2 length 1. Raises ModelRefusedError."""
    return _encoder(source).images(pixels)


def encode_texts(source: ModelSource, texts: tuple[str, ...]) -> NDArray[np.float32]:
    """(n, dim) float32 of L2 length 1, in the space of the model's pictures. Raises ModelRefusedError."""
    return _encoder(source).texts(texts)


def inspect_model(source: ModelSource) -> Inspection:
    """Run it once on a picture, and on words if it reads any. Raises ModelRefusedError."""
    encoder = _encoder(source)
    found = encoder.images(np.full((1, encoder.side, encoder.side, 3), 128, np.uint8))
    if source.reads_text and encoder.texts(("a photo",)).shape != found.shape:
        from desktop_app.engine.models.checking import ModelRefusedError

        raise ModelRefusedError(f"The words and the pictures of the model in {source.folder} don't belong together.")
    return Inspection(int(found.shape[1]), encoder.side, encoder.device, encoder.dtype)


def bare_speed(source: ModelSource, pixels: NDArray[np.uint8], seconds: float) -> float:
    """Images a second of the network on a batch that is ready, over at least ``seconds``."""
    encoder = _encoder(source)
    encoder.images(pixels)
    started, done = time.perf_counter(), 0
    while (spent := time.perf_counter() - started) < seconds or not done:
        encoder.images(pixels)
        done += len(pixels)
    return done / spent if spent else 0.0
