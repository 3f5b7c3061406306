"""Fit the scaling and the map of the ``sound`` space: `python resources/descriptors/fit_sound.py tracks.csv [--check]`.

The table has the columns ``path`` (relative to the table) and ``label`` (the genre). ``--check`` writes nothing: it
fits on every other track and reports precision at 10 on the remaining ones, and how near other codecs stay.
"""

import argparse
import csv
import io
import sys
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from desktop_app.engine.descriptors.sound import DIM, LIMIT, VERSION
from desktop_app.engine.descriptors.sound_measurements import measured
from desktop_app.engine.descriptors.spectrum import RATE, prepared
from desktop_app.engine.descriptors.track import analysed

PARTS = 5  # of each track, spread evenly
PART_SECONDS = 10
SHRINKAGE = 0.3  # towards the even scatter, in units of the mean variance
GENRES = 0.3  # share of the scatter within genres; the rest is that within tracks
CODECS = 0.5  # weight of what differs between a track and its coded copies

Matrix = NDArray[np.float64]
Fitted = tuple[Matrix, Matrix, Matrix, Matrix]


def measurements(samples: NDArray[np.float32]) -> tuple[Matrix, list[int]]:
    """All blocks of a track (inputs,), and their lengths."""
    blocks = measured(analysed(samples, RATE))
    return np.concatenate(list(blocks.values())).astype(np.float64), [len(one) for one in blocks.values()]


def parts(samples: NDArray[np.float32]) -> Matrix:
    """Measurements of PARTS excerpts (PARTS, inputs)."""
    length = PART_SECONDS * RATE
    starts = np.linspace(0, max(0, len(samples) - length), PARTS).astype(int)
    return np.stack([measurements(samples[start : start + length])[0] for start in starts])


def coded(samples: NDArray[np.float32], kind: str, subtype: str) -> NDArray[np.float32]:
    """Through a codec and back."""
    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(samples, -1, 1), RATE, format=kind, subtype=subtype)
    buffer.seek(0)
    return soundfile.read(buffer, dtype="float32")[0]


def apply(fitted: Fitted, rows: Matrix) -> Matrix:
    """Vectors of L2 length 1."""
    centre, scale, mean, matrix = fitted
    vectors = (np.clip((rows - centre) / scale, -LIMIT, LIMIT) - mean) @ matrix
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def fit(whole: Matrix, pieces: Matrix, copies: list[Matrix], genres: NDArray[np.int64], lengths: list[int]) -> Fitted:
    """Centre, scale, mean, map from tracks (n, inputs), their parts (n, PARTS, inputs) and coded copies."""
    centre = np.median(whole, axis=0)
    scale = np.subtract(*np.percentile(whole, [75, 25], axis=0)) / 1.35 + 1e-3
    weights = np.concatenate([np.full(length, 1 / np.sqrt(length)) for length in lengths])

    def scaled(rows: Matrix) -> Matrix:
        return np.clip((rows - centre) / scale, -LIMIT, LIMIT)

    mean = scaled(whole).mean(axis=0)
    rows = (scaled(pieces) - mean) * weights
    flat = rows.reshape(-1, rows.shape[2])
    track = (rows - rows.mean(axis=1, keepdims=True)).reshape(flat.shape)
    means = np.stack([rows[genres == one].mean(axis=(0, 1)) for one in range(genres.max() + 1)])
    genre = (rows - means[genres][:, None]).reshape(flat.shape)
    within = (1 - GENRES) * _even(track) + GENRES * _even(genre)
    for copy in copies:
        within += CODECS * _even((scaled(copy) - scaled(whole)) * weights)
    values, axes = np.linalg.eigh(within + SHRINKAGE * np.trace(within) / len(within) * np.eye(len(within)))
    whitening = axes / np.sqrt(values)
    _, leading = np.linalg.eigh(whitening.T @ (flat.T @ flat / len(flat)) @ whitening)
    matrix = weights[:, None] * (whitening @ leading[:, ::-1][:, :DIM])
    return centre, scale, mean, matrix / np.abs(matrix).max()


def _even(rows: Matrix) -> Matrix:
    scatter = rows.T @ rows
    return scatter / max(1e-12, float(np.trace(scatter)))


def check(whole: Matrix, pieces: Matrix, copies: list[Matrix], genres: NDArray[np.int64], lengths: list[int]) -> None:
    """Fit on every other track, report on the remaining ones, both ways round."""
    for half in (0, 1):
        chosen, rest = np.arange(half, len(whole), 2), np.arange(1 - half, len(whole), 2)
        fitted = fit(whole[chosen], pieces[chosen], [one[chosen] for one in copies], genres[chosen], lengths)
        rows = apply(fitted, whole[rest])
        scores = rows @ rows.T
        np.fill_diagonal(scores, -2)
        precision = (genres[rest][np.argsort(-scores, axis=1)[:, :10]] == genres[rest][:, None]).mean()
        near = [np.sum(rows * apply(fitted, one[rest]), axis=1).min() for one in copies]
        sys.stdout.write(f"other tracks: precision at 10 {precision:.3f}; least cosine with coded copies {near}\n")


def main() -> None:
    """Read the table, measure, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name(f"sound-{VERSION}.npz"))
    options = parser.parse_args()
    with options.table.open(newline="", encoding="utf-8") as source:
        table = list(csv.DictReader(source))
    tracks: list[NDArray[np.float32]] = []
    for row in table:
        samples, rate = soundfile.read(options.table.parent / row["path"], dtype="float32", always_2d=True)
        tracks.append(prepared(samples.mean(axis=1), rate))
    _, genres = np.unique([row["label"] for row in table], return_inverse=True)
    lengths = measurements(tracks[0])[1]
    whole = np.stack([measurements(one)[0] for one in tracks])
    pieces = np.stack([parts(one) for one in tracks])
    codecs = (("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"))
    copies = [np.stack([measurements(coded(one, *codec))[0] for one in tracks]) for codec in codecs]
    if options.check:
        check(whole, pieces, copies, genres, lengths)
    else:
        names = ("centre", "scale", "mean", "matrix")
        fitted = fit(whole, pieces, copies, genres, lengths)
        np.savez(options.out, **{name: one.astype(np.float32) for name, one in zip(names, fitted, strict=True)})


if __name__ == "__main__":
    main()
