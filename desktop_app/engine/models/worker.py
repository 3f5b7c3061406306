"""What the model worker answers. Each job names its model, so that a restarted worker needs to be told nothing."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.models.checking import ModelSource
from desktop_app.engine.models.encoding import Encoder, load
from desktop_app.engine.models.sealing import check_seal

_loaded: dict[tuple[Path, str], Encoder] = {}


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a model turned out to be when it was run."""

    dim: int
    side: int
    device: str
    dtype: str


def loaded(source: ModelSource) -> Encoder:
    """The network, from the disk where it is not the one that was used last. Raises ModelRefusedError."""
    key = (source.folder, source.fingerprint)
    if key not in _loaded:
        _loaded.clear()  # one at a time, they are large
        check_seal(source)
        _loaded[key] = load(source)
    return _loaded[key]


def encode_images(source: ModelSource, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, side, side, 3) sRGB → (n, dim) float32 of L2 length 1. Raises ModelRefusedError."""
    return loaded(source).images(pixels)


def encode_texts(source: ModelSource, texts: tuple[str, ...]) -> NDArray[np.float32]:
    """(n, dim) float32 of L2 length 1, in the space of the model's pictures. Raises ModelRefusedError."""
    return loaded(source).texts(texts)


def inspect_model(source: ModelSource) -> Inspection:
    """Run it once on a picture, and on words if it reads any. Raises ModelRefusedError."""
    encoder = loaded(source)
    found = encoder.images(np.full((1, encoder.side, encoder.side, 3), 128, np.uint8))
    if source.reads_text and encoder.texts(("a photo",)).shape != found.shape:
        from desktop_app.engine.models.checking import ModelRefusedError

        raise ModelRefusedError(f"The words and the pictures of the model in {source.folder} don't belong together.")
    return Inspection(int(found.shape[1]), encoder.side, encoder.device, encoder.dtype)
