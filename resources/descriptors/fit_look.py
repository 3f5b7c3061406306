"""Fit the map of the ``look`` space: `python resources/descriptors/fit_look.py photos.csv [--check] [--out FILE]`.

The table has the columns ``path`` (relative to the table) and ``label`` (what the photo shows). ``--check`` writes
nothing: it fits on every other class and reports precision at 10 on the remaining ones, and how near copies stay.
"""

import argparse
import csv
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.descriptors.colour import describe_colour
from desktop_app.engine.descriptors.look import DIM, VERSION, look_input
from desktop_app.engine.descriptors.pixels import reduced

SHRINKAGE = 0.7  # of the within-class scatter towards the even one, in units of its mean variance
COPIES = 0.5  # weight of what differs between a photo and its altered copies
# Lengths of the input's blocks and their weights: gradients at 3 grids, patterns fine and coarse, layout, colours.
BLOCKS = ((144, 1.2), (324, 1.2), (576, 1.0), (236, 1.0), (59, 0.6), (192, 0.7), (120, 0.6))

Picture = NDArray[np.uint8]
Matrix = NDArray[np.float64]


def mirrored(picture: Picture) -> Picture:
    """Left for right."""
    return np.ascontiguousarray(picture[:, ::-1])


def cropped(picture: Picture) -> Picture:
    """Without 5 % at each edge."""
    height, width = picture.shape[:2]
    return np.ascontiguousarray(picture[height // 20 : height - height // 20, width // 20 : width - width // 20])


def recompressed(picture: Picture) -> Picture:
    """At half the size, as a poor JPEG."""
    small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], 1), dtype=np.uint8)


VIEWS: tuple[Callable[[Picture], Picture], ...] = (lambda picture: picture, mirrored, cropped, recompressed)


def measurements(pictures: list[Picture]) -> Matrix:
    """What the map takes, (n, inputs)."""
    return np.stack([look_input(one, describe_colour(one)) for one in pictures]).astype(np.float64)


def fit(views: list[Matrix], classes: NDArray[np.int64]) -> tuple[Matrix, Matrix]:
    """Mean (inputs,) and map (inputs, DIM) from the same photos, plain first, then altered."""
    weights = np.concatenate([np.full(length, weight) for length, weight in BLOCKS])
    joined = np.concatenate(views)
    owners = np.tile(classes, len(views))
    mean = joined.mean(axis=0)
    centred = (joined - mean) * weights
    means = np.stack([centred[owners == one].mean(axis=0) for one in range(classes.max() + 1)])
    inside = centred - means[owners]
    within = inside.T @ inside / len(owners)
    for view in views[1:]:
        change = (view - views[0]) * weights
        within += COPIES * (change.T @ change) / len(change)
    shrunk = within + SHRINKAGE * np.trace(within) / len(within) * np.eye(len(within))
    values, axes = np.linalg.eigh(shrunk)
    whitening = axes / np.sqrt(values)
    _, leading = np.linalg.eigh(whitening.T @ (centred.T @ centred / len(owners)) @ whitening)
    matrix = whitening @ leading[:, ::-1][:, :DIM]
    matrix *= 1.0 / np.abs(matrix).max()  # only directions matter; this keeps half floats exact
    return mean, weights[:, None] * matrix


def check(views: list[Matrix], classes: NDArray[np.int64]) -> None:
    """Fit on every other class, report on the remaining ones, both ways round."""
    numbers = np.arange(classes.max() + 1)
    for half in (0, 1):
        fitted, unseen = numbers[numbers % 2 == half], np.flatnonzero(classes % 2 != half)
        chosen = np.isin(classes, fitted)
        mean, matrix = fit([view[chosen] for view in views], np.searchsorted(fitted, classes[chosen]))
        rows = [(view[unseen] - mean) @ matrix for view in views]
        rows = [row / np.linalg.norm(row, axis=1, keepdims=True) for row in rows]
        scores = rows[0] @ rows[0].T
        np.fill_diagonal(scores, -2)
        nearest = np.argsort(-scores, axis=1)[:, :10]
        precision = (classes[unseen][nearest] == classes[unseen][:, None]).mean()
        copies = [float(np.mean(np.sum(rows[0] * row, axis=1))) for row in rows[1:]]
        sys.stdout.write(f"unseen classes: precision at 10 {precision:.3f}; mirrored, cropped, recompressed {copies}\n")


def main() -> None:
    """Read the table, measure, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name(f"look-{VERSION}.npz"))
    options = parser.parse_args()
    with options.table.open(newline="", encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    pictures: list[Picture] = []
    for row in rows:
        pixels = cv2.imread(str(options.table.parent / row["path"]))
        if pixels is None:
            sys.exit(f"{row['path']} can't be read")
        pictures.append(reduced(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), dtype=np.uint8)))
    _, classes = np.unique([row["label"] for row in rows], return_inverse=True)
    views = [measurements([view(one) for one in pictures]) for view in VIEWS]
    if options.check:
        check(views, classes)
    else:
        mean, matrix = fit(views, classes)
        np.savez(options.out, mean=mean.astype(np.float32), matrix=matrix.astype(np.float16))


if __name__ == "__main__":
    main()
