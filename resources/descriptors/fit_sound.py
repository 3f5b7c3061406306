"""Fit scales and map of the ``sound`` space: `fit_sound.py FOLDER… [--out FILE]`, after fit_sound_network.py.

Needs tracks, no labels: the spread of the network's answer and of each measurement over all tracks of the folders, what
Vorbis and MP3 change, and the main axes of what is left.
"""

import argparse
import io
from itertools import pairwise
from pathlib import Path

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
STATISTICS = 0.4  # length of all measurements together; that of the network's answer is 1
CODECS = (("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"))
CODEC_WEIGHT = 100.0  # of what codecs change, its total as large as that of all there is
NO_LIMIT = 1e6
COPIED = 3  # every third track is coded

Matrix = NDArray[np.float64]
Samples = NDArray[np.float32]


def inputs(folders: list[Path]) -> tuple[Matrix, Matrix, list[int]]:
    """Tracks (n, inputs), coded copies of every third (m, codecs, inputs), and the lengths of an input's parts."""
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
        if len(plain) % COPIED != 1:
            continue
        coded = [through(track.samples, track.rate, *codec) for codec in CODECS]
        copies.append(np.stack([sound_input(analysed(each, track.rate)) for each in coded]))
    return np.stack(plain).astype(np.float64), np.stack(copies).astype(np.float64), lengths


def through(samples: Samples, rate: int, kind: str, subtype: str) -> Samples:
    """Coded and decoded."""
    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(samples, -1, 1), rate, format=kind, subtype=subtype)
    buffer.seek(0)
    return np.asarray(soundfile.read(buffer, dtype="float32")[0], dtype=np.float32)


def fit(plain: Matrix, copies: Matrix, lengths: list[int]) -> dict[str, Matrix]:
    """``centre``, ``scale`` and ``limit`` (inputs,), ``matrix`` (inputs, DIM), largest axis first."""
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
    change = (coded - values[::COPIED, None]).reshape(-1, len(centre))
    scatter = change.T @ change
    lessened = np.eye(len(centre)) + CODEC_WEIGHT * scatter / np.trace(scatter)
    sizes, axes = np.linalg.eigh(lessened)
    less = (axes / np.sqrt(sizes)) @ axes.T
    _, axes = np.linalg.eigh((values @ less).T @ (values @ less))
    axes = axes[:, ::-1][:, :DIM]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(DIM)])  # one sign on every machine
    return {"centre": centre, "scale": scale, "limit": limit, "matrix": weights[:, None] * (less @ axes)}


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
