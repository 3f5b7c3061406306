"""How well the descriptors find what belongs together, on labelled material named by AKIN_EVAL."""

import csv
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import soundfile
from fixtures.one_file import describe_photo

from desktop_app.engine.descriptors.track import describe_track

FOLDER = os.environ.get("AKIN_EVAL")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not FOLDER or not Path(FOLDER).is_dir(), reason="AKIN_EVAL names no folder with photos.csv, tracks.csv"
    ),
]


def table(name: str, every: int) -> list[tuple[Path, str]]:
    folder = Path(str(FOLDER))
    with (folder / name).open(newline="", encoding="utf-8") as source:
        return [(folder / row["path"], row["label"]) for row in csv.DictReader(source)][::every]


def precision(rows: list[np.ndarray], labels: list[str], k: int) -> float:
    matrix, names = np.stack(rows), np.array(labels)
    scores = matrix @ matrix.T
    np.fill_diagonal(scores, -2)
    return float((names[np.argsort(-scores, axis=1)[:, :k]] == names[:, None]).mean())


def test_photos_of_one_thing_are_found() -> None:
    chosen = table("photos.csv", 3)
    rows = [describe_photo(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB))["look"] for path, _ in chosen]
    assert precision(rows, [label for _, label in chosen], 10) > 0.28


def test_tracks_of_one_genre_are_found() -> None:
    rows, labels = [], []
    for path, label in table("tracks.csv", 1):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        rows.append(describe_track(samples.mean(axis=1), rate)[0]["sound"])
        labels.append(label)
    assert precision(rows, labels, 10) > 0.5
