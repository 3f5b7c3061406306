"""A CLIP with the shape of ViT-B/32 and random weights: as heavy as the public one, and it needs no network to get."""

import time
from pathlib import Path

import numpy as np
from fixtures.tiny_clip import make_clip
from numpy.typing import NDArray

from desktop_app.engine.models.checking import ModelSource
from desktop_app.engine.models.worker import loaded

SIDE, DIM = 224, 512
SEEN = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
READ = {
    "hidden_size": 512,
    "intermediate_size": 2048,
    "num_hidden_layers": 12,
    "num_attention_heads": 8,
    "max_position_embeddings": 77,
    "vocab_size": 49_408,
}


def clip_b32(workspace: Path) -> Path:
    """The model's folder, 605 MB; made once per workspace."""
    folder = workspace / "clip-b32"
    if not (folder / "made").exists():
        make_clip(folder, side=SIDE, patch=32, dim=DIM, vision=SEEN, text=READ, std=0.02)
        (folder / "made").touch()
    return folder


def bare_speed(source: ModelSource, pixels: NDArray[np.uint8], batches: int) -> tuple[float, float]:
    """Images a second and processor seconds an image of the network alone on a batch that is ready.

    Runs in the model's process, where torch is.
    """
    import torch
    from PIL import Image

    from desktop_app.engine.models.encoding import SentenceEncoder

    encoder = loaded(source)
    if not isinstance(encoder, SentenceEncoder):
        raise TypeError(f"{source.folder} is not run by torch")
    model = encoder.network
    with torch.inference_mode():
        batch = model.preprocess([Image.fromarray(picture) for picture in pixels])
        model(dict(batch))
        started, spent = time.perf_counter(), time.process_time()
        for _ in range(batches):
            model(dict(batch))
        images = len(pixels) * batches
        return images / (time.perf_counter() - started), (time.process_time() - spent) / images
