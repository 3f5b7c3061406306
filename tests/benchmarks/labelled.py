"""Labelled photos and tracks of an evaluation folder, described, with altered copies and handcrafted baselines.

The folder holds ``photos.csv`` and ``tracks.csv`` with the columns ``path`` (relative to it) and ``label``. It is named
by ``AKIN_EVAL`` or ``--evaluation``; nothing of it is kept but vectors in the workspace, for the next run.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import soundfile
from numpy.typing import NDArray

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import SpaceSpec
from desktop_app.engine.descriptors.photo import describe_photos
from desktop_app.engine.descriptors.pixels import grey, reduced
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.descriptors.track import describe_track
from desktop_app.engine.media.audio import decode_excerpt
from desktop_app.engine.media.photo import decode_photo
from desktop_app.engine.search.expansion import EXPANDED, NEIGHBOURS, SAME, expansion_of
from desktop_app.engine.search.fusion import raw_scores, unit_rows

FORMAT = 2
COPIED_PHOTOS = 450  # so many at most are altered, spread evenly
Pixels = NDArray[np.uint8]
Samples = NDArray[np.float32]
Vectors = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Material:
    """Items of one kind. ``vectors`` by space (n, dim); ``baselines`` by name, to be compared by cosine.

    ``copied`` are the rows (c,) of the originals of each alteration in ``copies``: vectors by space (c, dim).
    """

    kind: Kind
    labels: NDArray[np.int64]
    vectors: Vectors
    baselines: Vectors
    copied: NDArray[np.int64]
    copies: dict[str, Vectors]


def searched_scores(spec: SpaceSpec, queries: NDArray[Any], rows: NDArray[Any], *, own: bool) -> NDArray[np.float32]:
    """(q, n) raw scores as the default search has them: expanded by neighbours where it does that.

    ``own``: the queries are the rows, and none is a neighbour of itself.
    """
    scores = raw_scores(spec, queries, rows)
    if spec.name not in EXPANDED:
        return scores
    others = np.where(scores < SAME, scores, -np.inf)
    if own:
        np.fill_diagonal(others, -np.inf)
    near = np.argsort(-others, axis=1)[:, :NEIGHBOURS]
    cosines = np.take_along_axis(scores, near, axis=1)
    expansion = expansion_of(unit_rows(queries), unit_rows(rows)[near], cosines)
    return np.maximum(scores, expansion.raw_scores(rows))


def entries(folder: Path, table: str) -> list[tuple[Path, str]]:
    """Files and labels of a table; none where there is no such table."""
    if not (folder / table).is_file():
        return []
    with (folder / table).open(newline="", encoding="utf-8") as source:
        return [(folder / row["path"], row["label"]) for row in csv.DictReader(source)]


def photo_material(folder: Path, workspace: Path) -> Material | None:
    """All photos of the folder's table, described as indexing does; None without a table."""
    rows = entries(folder, "photos.csv")
    return _kept(workspace, Kind.PHOTO, rows, _described_photos) if rows else None


def track_material(folder: Path, workspace: Path) -> Material | None:
    """All tracks of the folder's table, described as indexing does; None without a table."""
    rows = entries(folder, "tracks.csv")
    return _kept(workspace, Kind.TRACK, rows, _described_tracks) if rows else None


# photos


def reencoded(pixels: Pixels) -> Pixels:
    """As a poor JPEG."""
    return _through_jpeg(pixels, 50)


def resized(pixels: Pixels) -> Pixels:
    """At half the size, as a JPEG."""
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    return _through_jpeg(np.asarray(small, np.uint8), 85)


def cropped(pixels: Pixels) -> Pixels:
    """Without a tenth of its width and of its height, off the middle."""
    height, width = pixels.shape[:2]
    top, left = round(height * 0.03), round(width * 0.07)
    return np.ascontiguousarray(pixels[top : top + round(height * 0.9), left : left + round(width * 0.9)])


def mirrored(pixels: Pixels) -> Pixels:
    """Left for right."""
    return np.ascontiguousarray(pixels[:, ::-1])


PHOTO_COPIES: dict[str, Callable[[Pixels], Pixels]] = {
    "re-encoded": reencoded,
    "resized": resized,
    "cropped 10 %": cropped,
    "mirrored": mirrored,
}


def _through_jpeg(pixels: Pixels, quality: int) -> Pixels:
    data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def _described_photos(files: list[Path]) -> tuple[Vectors, Vectors, NDArray[np.int64], dict[str, Vectors]]:
    copied = np.unique(np.linspace(0, len(files) - 1, min(COPIED_PHOTOS, len(files))).astype(np.int64))
    chosen = set(copied.tolist())
    plain: list[dict[str, Any]] = []
    simple: list[dict[str, Any]] = []
    altered: dict[str, list[dict[str, Any]]] = {name: [] for name in PHOTO_COPIES}
    for number, path in enumerate(files):
        pixels = decode_photo(path).pixels
        plain.append(dict(describe_photos([pixels])[0]))
        simple.append(_baselines(pixels, plain[-1]))
        if number in chosen:
            for name, alter in PHOTO_COPIES.items():
                altered[name].append(dict(describe_photos([alter(pixels)])[0]))
    return _stacked(plain), _stacked(simple), copied, {name: _stacked(rows) for name, rows in altered.items()}


def _baselines(pixels: Pixels, vectors: dict[str, Any]) -> dict[str, Any]:
    """What is commonly done by hand: tiny pictures, and a Lab histogram with gradient histograms on a 4 × 4 grid."""
    picture = reduced(pixels)
    light = grey(picture)
    tiny = cv2.resize(picture, (16, 16), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    gradients = _gradient_histogram(light)
    return {
        "baseline: 16 × 16 pixels": tiny - tiny.mean(),
        "baseline: Lab histogram and gradients": np.concatenate([0.5 * vectors["colour"], gradients]),
    }


def _gradient_histogram(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Nine directions on a 4 × 4 grid, square-rooted, L2 length 1: float32 (144,)."""
    across, down = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    strength = np.hypot(across, down)
    direction = np.minimum((np.arctan2(down, across) % np.pi / np.pi * 9).astype(np.int64), 8)
    height, width = light.shape
    rows = np.minimum(np.arange(height) * 4 // height, 3)[:, None]
    columns = np.minimum(np.arange(width) * 4 // width, 3)[None]
    cells = ((rows * 4 + columns) * 9 + direction).ravel()
    histogram = np.sqrt(np.bincount(cells, strength.ravel(), minlength=144))
    return (histogram / max(1e-9, float(np.linalg.norm(histogram)))).astype(np.float32)


# tracks


def _quieter(samples: Samples, _rate: int) -> Samples:
    return samples * np.float32(0.5)


def _later(samples: Samples, rate: int) -> Samples:
    return samples[min(5 * rate, len(samples) // 3) :]


def _through(container: str, subtype: str) -> Callable[[Samples, int], Samples]:
    def code(samples: Samples, rate: int) -> Samples:
        buffer = io.BytesIO()
        soundfile.write(buffer, samples, rate, format=container, subtype=subtype)
        buffer.seek(0)
        return np.asarray(soundfile.read(buffer, dtype="float32")[0], np.float32)

    return code


TRACK_COPIES: dict[str, Callable[[Samples, int], Samples]] = {
    "6 dB quieter": _quieter,
    "begun 5 s later": _later,
    "through MP3": _through("MP3", "MPEG_LAYER_III"),
    "through Vorbis": _through("OGG", "VORBIS"),
}


def _described_tracks(files: list[Path]) -> tuple[Vectors, Vectors, NDArray[np.int64], dict[str, Vectors]]:
    plain: list[dict[str, Any]] = []
    simple: list[dict[str, Any]] = []
    altered: dict[str, list[dict[str, Any]]] = {name: [] for name in TRACK_COPIES}
    for path in files:
        track = decode_excerpt(path)
        plain.append(_fixed(describe_track(track.samples, track.rate)[0]))
        simple.append({"baseline: 20 MFCC statistics": _cepstra(track.samples, track.rate)})
        for name, alter in TRACK_COPIES.items():
            altered[name].append(_fixed(describe_track(alter(track.samples, track.rate), track.rate)[0]))
    statistics = _stacked(simple)
    for name, rows in statistics.items():
        statistics[name] = (rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), 1e-6)
    rows = np.arange(len(files), dtype=np.int64)
    return _stacked(plain), statistics, rows, {name: _stacked(each) for name, each in altered.items()}


def _cepstra(samples: Samples, rate: int) -> NDArray[np.float32]:
    """Means and deviations of 20 mel cepstra, and deviations of their differences: float32 (60,)."""
    import librosa

    cepstra = librosa.feature.mfcc(y=samples, sr=rate, n_mfcc=20)
    steps = np.diff(cepstra, axis=1)
    return np.concatenate([cepstra.mean(axis=1), cepstra.std(axis=1), steps.std(axis=1)]).astype(np.float32)


def _fixed(vectors: Any) -> dict[str, Any]:
    """Those of a fixed length."""
    return {name: vector for name, vector in vectors.items() if name in SPACES and SPACES[name].dim}


# kept for the next run

Describe = Callable[[list[Path]], tuple[Vectors, Vectors, NDArray[np.int64], dict[str, Vectors]]]


def _kept(workspace: Path, kind: Kind, rows: list[tuple[Path, str]], describe: Describe) -> Material:
    versions = {spec.name: spec.version for spec in SPACES.values() if spec.kind is kind}
    names = [[str(path), label] for path, label in rows]
    key = hashlib.sha256(json.dumps([FORMAT, versions, names]).encode()).hexdigest()[:16]
    target = workspace / f"described-{kind.value}-{key}.npz"
    labels = np.unique([label for _, label in rows], return_inverse=True)[1].astype(np.int64)
    if not target.is_file():
        plain, simple, copied, copies = describe([path for path, _ in rows])
        parts = {f"v/{name}": each for name, each in plain.items()} | {
            f"b/{name}": each for name, each in simple.items()
        }
        parts |= {f"c/{name}/{space}": each for name, found in copies.items() for space, each in found.items()}
        workspace.mkdir(parents=True, exist_ok=True)
        np.savez(target, copied=copied, **parts)  # type: ignore[arg-type]
    with np.load(target, allow_pickle=False) as stored:
        found = {name: stored[name] for name in stored.files}
    copies: dict[str, Vectors] = {}
    for name, each in _under("c/", found):
        copy, space = name.rsplit("/", 1)
        copies.setdefault(copy, {})[space] = each
    return Material(kind, labels, dict(_under("v/", found)), dict(_under("b/", found)), found["copied"], copies)


def _under(start: str, found: Vectors) -> Iterator[tuple[str, NDArray[Any]]]:
    return ((name.removeprefix(start), each) for name, each in found.items() if name.startswith(start))


def _stacked(rows: list[dict[str, Any]]) -> Vectors:
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]} if rows else {}
