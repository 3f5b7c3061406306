"""Fit the maps of the ``look`` space: `python resources/descriptors/fit_look.py photos.csv [--check] [--out FILE]`.

The table has the columns ``path`` (relative to the table) and ``label`` (what the photo shows; empty for photos that
only tell how pictures vary). The network is taken as it lies there. ``--check`` writes nothing: it fits on three of
four classes and reports precision at 10 on the remaining ones, and how near copies stay. Deterministic.
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
from desktop_app.engine.descriptors.look import DIM, PARTS, VERSION, joined_parts, look_parts
from desktop_app.engine.descriptors.pixels import reduced
from desktop_app.engine.descriptors.vectors import Floats, unit_rows

AXES = {
    "network": (256, 0.6),
    "edges": (128, 0.5),
    "colour": (64, 0.5),
}  # how many, divided by which power of deviation
WEIGHTS = {"network": 1.0, "edges": 0.7, "colour": 0.25}
SHRINKAGE = 0.7  # of the within-class scatter towards the even one, in units of its mean variance
COPIES = 1.0  # weight of what differs between a photo and its altered copies

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


VIEWS: dict[str, Callable[[Picture], Picture]] = {
    "plain": lambda picture: picture,
    "mirrored": mirrored,
    "cropped": cropped,
    "recompressed": recompressed,
}


def measured(pictures: list[Picture]) -> dict[str, Floats]:
    """The parts of all pictures, (n, …) each."""
    return look_parts(pictures, np.stack([describe_colour(one) for one in pictures]))


def leading_axes(rows: Floats, count: int, power: float) -> tuple[Matrix, Matrix]:
    """Mean (d,) and the leading axes (d, count), each divided by a power of the deviation along it."""
    mean = rows.mean(axis=0, dtype=np.float64)
    values, axes = np.linalg.eigh((rows - mean).T @ (rows - mean) / len(rows))
    return mean, axes[:, ::-1][:, :count] / np.maximum(values[::-1][:count], 1e-12) ** (power / 2)


def fit(views: list[dict[str, Floats]], classes: NDArray[np.int64]) -> dict[str, Floats]:
    """All maps from the same photos, plain first, then altered; class −1 is none."""
    maps: dict[str, Floats] = {}
    for part in PARTS:
        mean, axes = leading_axes(views[0][part], *AXES[part])
        maps[f"{part}_mean"], maps[f"{part}_matrix"] = mean.astype(np.float32), axes.astype(np.float32)
        maps[f"{part}_weight"] = np.float32(WEIGHTS[part])
    joined = [joined_parts(view, maps).astype(np.float64) for view in views]
    labelled = classes >= 0
    rows, owners = joined[0][labelled], classes[labelled]
    inside = rows - np.stack([rows[owners == one].mean(axis=0) for one in range(owners.max() + 1)])[owners]
    within = inside.T @ inside / len(inside)
    for view in joined[1:]:
        change = view - joined[0]
        within += COPIES * (change.T @ change) / len(change)
    shrunk = within + SHRINKAGE * np.trace(within) / len(within) * np.eye(len(within))
    values, axes = np.linalg.eigh(shrunk)
    whitening = axes / np.sqrt(values)
    mean = joined[0].mean(axis=0)
    centred = joined[0] - mean
    _, leading = np.linalg.eigh(whitening.T @ (centred.T @ centred / len(centred)) @ whitening)
    matrix = whitening @ leading[:, ::-1][:, :DIM]
    maps["mean"] = mean.astype(np.float32)
    maps["matrix"] = (matrix / np.abs(matrix).max()).astype(np.float32)  # only directions matter
    return maps


def looks(view: dict[str, Floats], maps: dict[str, Floats]) -> Floats:
    """As ``describe_looks``."""
    return unit_rows((joined_parts(view, maps) - maps["mean"]) @ maps["matrix"])


def precision(rows: Floats, classes: NDArray[np.int64], queries: NDArray[np.bool_], nearest: int = 10) -> float:
    """Of the nearest to each query, itself left out, how many are of its class."""
    scores = rows @ rows.T
    np.fill_diagonal(scores, -2)
    best = np.argsort(-scores, axis=1)[:, :nearest]
    return float((classes[best] == classes[:, None]).mean(axis=1)[queries].mean())


def check(views: list[dict[str, Floats]], classes: NDArray[np.int64]) -> None:
    """Fit without each fourth of the classes, report on it among all labelled photos."""
    for fourth in range(4):
        unseen = (classes >= 0) & (classes % 4 == fourth)
        known = np.unique(classes[(classes >= 0) & ~unseen])
        rest = np.where(classes < 0, -1, np.searchsorted(known, classes))[~unseen]
        maps = fit([{part: rows[~unseen] for part, rows in view.items()} for view in views], rest)
        all_rows = [looks(view, maps) for view in views]
        labelled = classes >= 0
        among = precision(all_rows[0][labelled], classes[labelled], unseen[labelled])
        alone = precision(all_rows[0][unseen], classes[unseen], np.ones(int(unseen.sum()), bool))
        copies = {
            name: round(float(np.quantile(np.sum(all_rows[0] * rows, axis=1), 0.05)), 3)
            for name, rows in zip(list(VIEWS)[1:], all_rows[1:], strict=True)
        }
        sys.stdout.write(
            f"unseen classes: precision at 10 {among:.3f} among all, {alone:.3f} among themselves; "
            f"5 % of copies below {copies}\n"
        )


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
    labels = np.array([row["label"] for row in rows])
    names = np.unique(labels[labels != ""])
    classes = np.where(labels == "", -1, np.searchsorted(names, labels))
    views = [measured([view(one) for one in pictures]) for view in VIEWS.values()]
    if options.check:
        check(views, classes)
        return
    halves = {name: rows.astype(np.float16) for name, rows in fit(views, classes).items()}
    np.savez(options.out, allow_pickle=False, **halves)


if __name__ == "__main__":
    main()
