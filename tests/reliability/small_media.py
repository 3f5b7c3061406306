"""Many small, different photos and short tracks, made in a moment."""

from pathlib import Path

import numpy as np
from fixtures.track_files import tune, write_track
from PIL import Image


def write_small_photo(path: Path, seed: int, side: int = 64) -> Path:
    """A JPEG of soft random blotches, some kB."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize((side, side * 3 // 4), Image.Resampling.BICUBIC)
    image.save(path, quality=90)
    return path


def write_small_photos(folder: Path, count: int, first_seed: int = 0) -> list[Path]:
    """``count`` photos named by their seeds."""
    return [write_small_photo(folder / f"photo {seed}.jpg", seed) for seed in range(first_seed, first_seed + count)]


def write_small_track(path: Path, seed: int) -> Path:
    """Two seconds of sound."""
    return write_track(
        path, tune(seed, 2.0, 100.0 + seed % 40, seed % 12, rate=22050), 22050, tags={"title": path.stem}
    )
