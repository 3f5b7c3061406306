"""Fit scales and map of the ``sound`` space: `fit_sound.py FOLDER… [--out FILE]`, after fit_sound_network.py.

Needs tracks, no labels: the spread of the network's answer and of each measurement over all tracks of the folders, what
Vorbis and MP3 change, and the main axes of what is left.
"""

import argparse
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from desktop_app.engine.descriptors.sound import DIM, FITTED, LIMIT, sound_input
from desktop_app.engine.descriptors.sound_measurements import measured
from desktop_app.engine.descriptors.sound_network import OUTPUTS
from desktop_app.engine.descriptors.track import analysed
from desktop_app.engine.media.audio import decode_excerpt
from desktop_app.errors import UnreadableFileError

ENDINGS = {".ogg", ".mp3", ".flac", ".opus", ".wav"}
LEAST_SECONDS = 15.0  # of a track that counts
STATISTICS = 0.3  # length of all measurements together; that of the network's answer is 1
CODECS: dict[str, dict[str, Any]] = {  # at some 128 kbit/s
    "ogg": {"format": "OGG", "subtype": "VORBIS"},
    "mp3": {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "CONSTANT", "compression_level": 0.5},
}
CODEC_WEIGHT = 100.0  # of what codecs change, its total as large as that of all there is
CONSTANT = 0.5  # squared length of what all tracks share; 1 is the mean squared length of the rest
NO_LIMIT = 1e6

Matrix = NDArray[np.float64]


def inputs(folders: list[Path]) -> tuple[Matrix, Matrix, list[int]]:
    """Tracks (n, inputs), their coded copies (n, codecs, inputs), and the lengths of an input's parts."""
    plain: list[NDArray[np.float32]] = []
    copies: list[NDArray[np.float32]] = []
    lengths: list[int] = []
    for path in sorted(each for folder in folders for each in folder.rglob("*") if each.suffix.lower() in ENDINGS):
        try:
            track = decode_excerpt(path)
        except UnreadableFileError:
            continue
        if track.duration < LEAST_SECONDS:
            continue
        spectra = analysed(track.samples, track.rate)
        plain.append(sound_input(spectra))
        lengths = lengths or [OUTPUTS, *(len(each) for each in measured(spectra).values())]
        copies.append(np.stack([of_copy(path, ending) for ending in CODECS]))
    return np.stack(plain).astype(np.float64), np.stack(copies).astype(np.float64), lengths


def of_copy(path: Path, ending: str) -> NDArray[np.float32]:
    """What a copy of the whole file in another format is described from."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"copy.{ending}"
        soundfile.write(copy, np.clip(samples, -1, 1), rate, **CODECS[ending])
        track = decode_excerpt(copy)
    return sound_input(analysed(track.samples, track.rate))


def fit(plain: Matrix, copies: Matrix, lengths: list[int]) -> dict[str, Matrix]:
    """``centre``, ``scale`` and ``limit`` (inputs,), ``matrix`` (inputs, DIM − 1), largest axis first; ``constant``.

    The constant keeps the angle small between two copies of a track that differs little from all others.
    """
    centre, scale = np.median(plain, axis=0), np.subtract(*np.percentile(plain, [75, 25], axis=0)) / 1.35 + 1e-3
    centre[:OUTPUTS] = plain[:, :OUTPUTS].mean(axis=0)
    scale[:OUTPUTS] = 1.0  # the network's outputs are of one scale, their sizes tell what counts
    limit = np.where(np.arange(len(centre)) < OUTPUTS, NO_LIMIT, LIMIT)
    values, coded = (np.clip((each - centre) / scale, -limit, limit) for each in (plain, copies))
    edges = np.cumsum([0, *lengths])
    weights = np.empty(len(centre))
    for part, (start, stop) in enumerate(pairwise(edges)):
        length = np.sqrt(np.square(values[:, start:stop]).sum(axis=1).mean())
        weights[start:stop] = (STATISTICS / np.sqrt(len(lengths) - 1) if part else 1.0) / length
    values, coded = values * weights, coded * weights
    change = (coded - values[:, None]).reshape(-1, len(centre))
    scatter = change.T @ change
    lessened = np.eye(len(centre)) + CODEC_WEIGHT * scatter / np.trace(scatter)
    sizes, axes = np.linalg.eigh(lessened)
    less = (axes / np.sqrt(sizes)) @ axes.T
    _, axes = np.linalg.eigh((values @ less).T @ (values @ less))
    axes = axes[:, ::-1][:, : DIM - 1]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(DIM - 1)])  # one sign on every machine
    constant = np.sqrt(CONSTANT * np.square(values @ less @ axes).sum(axis=1).mean())
    matrix = weights[:, None] * (less @ axes)
    return {"centre": centre, "scale": scale, "limit": limit, "matrix": matrix, "constant": constant[None]}


def main() -> None:
    """Measure, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / Path(FITTED).name)
    options = parser.parse_args()
    fitted = fit(*inputs(options.folders))
    np.savez(options.out, allow_pickle=False, **{name: each.astype(np.float32) for name, each in fitted.items()})


if __name__ == "__main__":
    main()
