"""A library of any size in minutes: real folders of real files, and what indexing them would have written.

Every item is a file of its own by name, hard-linked to one of a few thousand photos and tracks, and so is every
thumbnail; descriptions go through the catalogue's and the indexes' own writers. Vectors are clustered as photos are:
themes, occasions within a theme, shots within an occasion.

    python -m benchmarks.big_library FOLDER [ITEMS]
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from fixtures.media import picture, tune, write_photo, write_track
from numpy.typing import NDArray

from desktop_app.domain.ids import RootId
from desktop_app.domain.kinds import Kind
from desktop_app.domain.metadata import PhotoMetadata, TrackAnalysis, TrackMetadata
from desktop_app.domain.reading import FileReading, Vector
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.index import IndexStore
from desktop_app.engine.library import Library
from desktop_app.engine.media.thumbnails import thumbnail_path
from desktop_app.engine.runs import RunControl
from desktop_app.paths import Profile
from desktop_app.settings import Settings

FORMAT = 1
BATCH = 20_000
TRACK_SHARE = 0.05
PHOTO_FILES = 4_000
TRACK_FILES = 40
PER_THEME, PER_OCCASION = 500, 25
FOLDERS = ("Lisbon", "Garden", "Birthday", "Alps", "Workshop", "Sea", "Market", "Anna", "Concert", "Snow", "Kitchen")
CAMERAS = ("Canon EOS R6", "NIKON Z 6_2", "ILCE-7M4", "iPhone 13 Pro", "Pixel 7", "X-T4", "DC-G9", "E-M1MarkII")
WORDS = ("family", "holiday", "best", "print", "to sort", "portrait", "birds", "night", "black and white", "archive")
GENRES = ("Jazz", "Rock", "Electronic", "Classical", "Folk", "Ambient")


@dataclass(frozen=True, slots=True)
class BigLibrary:
    """Where it is. ``profile`` can be copied: its only folder, ``originals``, stays where it is."""

    profile: Profile
    originals: Path
    items: int

    def copy(self, target: Path) -> Profile:
        """The profile without its thumbnails, for a run that writes; some gigabytes at a million items."""
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.profile.directory, target, ignore=shutil.ignore_patterns("thumbnails", "logs", "address"))
        (target / "thumbnails").symlink_to(self.profile.thumbnail_dir)
        return Profile.at(target)


def big_library(workspace: Path, items: int, say: Callable[[str], None] = lambda _text: None) -> BigLibrary:
    """The library of ``items`` items in ``workspace``: one made before if it is of today's spaces, else a new one."""
    base = workspace / f"library-{items}"
    library = BigLibrary(Profile(base / "profile"), base / "originals", items)
    wanted = {"format": FORMAT, "items": items, "spaces": {spec.name: spec.version for spec in SPACES.values()}}
    marker = base / "made.json"
    if library.profile.catalog_path.is_file() and marker.is_file() and json.loads(marker.read_text("utf-8")) == wanted:
        return library
    shutil.rmtree(library.profile.directory, ignore_errors=True)
    marker.unlink(missing_ok=True)
    _make(library, say)
    marker.write_text(json.dumps(wanted), "utf-8")
    return library


def _make(library: BigLibrary, say: Callable[[str], None]) -> None:
    started = time.monotonic()
    library.profile.make()
    replace(Settings(), thumbnail_cache_mb=1_000_000).save(library.profile.settings_path)
    sources = _Sources(library.originals.parent / "sources")
    library.originals.mkdir(parents=True, exist_ok=True)
    store = IndexStore(library.profile.index_dir)
    makers = {spec.name: VectorMaker(spec) for spec in SPACES.values()}
    with Catalog.open(library.profile.catalog_path) as catalog:
        root = catalog.add_root(library.originals)
        for start in range(0, library.items, BATCH):
            numbers = np.arange(start, min(start + BATCH, library.items))
            _write_batch(catalog, store, makers, _readings(library, sources, root.id, numbers))
            say(f"{numbers[-1] + 1:,} items after {time.monotonic() - started:.0f} s")
        for index in store.opened():
            index.save(catalog.sequence)
    store.close()
    _look_once(library.profile)
    say(f"done after {time.monotonic() - started:.0f} s")


def _look_once(profile: Profile) -> None:
    """As the program does at its next start: everything is as the catalogue says, the indexes too."""
    with Library.open(profile) as opened:
        for _progress in opened.prepare_indexes():
            pass
        control = RunControl()
        for _progress in opened.index(control=control):
            pass
        report = control.report
        assert report is not None
        if report.unchanged != report.seen or report.added:
            raise RuntimeError(f"the generated library is not as its files are: {report}")


# files


class _Sources:
    """The few real files that all items are links to, and their thumbnails."""

    def __init__(self, folder: Path) -> None:
        self.photos = [folder / f"photo-{number}.jpg" for number in range(PHOTO_FILES)]
        self.tracks = [folder / f"track-{number}.wav" for number in range(TRACK_FILES)]
        rng = np.random.default_rng(7)
        tall = rng.random(PHOTO_FILES) < 0.3
        padded = rng.integers(3_000_000, 5_000_000, PHOTO_FILES)
        for number, path in enumerate(self.photos):
            if not path.is_file():
                write_photo(path, _scene(number, (336, 512) if tall[number] else (512, 336)), quality=80)
                self.thumbnail(number).write_bytes(path.read_bytes())
                os.truncate(path, int(padded[number]))  # as long as a camera's, without taking the room
        for number, path in enumerate(self.tracks):
            if not path.is_file():
                write_track(path, tune(number, 2.0, 90.0 + 2 * number, number % 12, rate=22050), 22050)
        self.stats = {path: path.stat() for path in [*self.photos, *self.tracks]}

    def thumbnail(self, number: int) -> Path:
        return self.photos[number].with_suffix(".small")


def _scene(number: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    """A distinct picture; painted small, since a few thousand are wanted."""
    import cv2

    small = picture(number, (size[0] // 4, size[1] // 4))
    return cv2.resize(small, size, interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, target)
    except FileExistsError:
        pass


# what indexing would have read


def _readings(
    library: BigLibrary, sources: _Sources, root: RootId, numbers: NDArray[np.int64]
) -> list[tuple[int, ItemWrite]]:
    rng = np.random.default_rng([11, int(numbers[0])])
    writes: list[tuple[int, ItemWrite]] = []
    for number in numbers.tolist():
        every = round(1 / TRACK_SHARE)
        if number % every == every - 1:
            writes.append((number, _track(library, sources, root, number)))
        else:
            writes.append((number, _photo(library, sources, root, number, rng)))
    return writes


def _photo(library: BigLibrary, sources: _Sources, root: RootId, number: int, rng: np.random.Generator) -> ItemWrite:
    source = sources.photos[number % PHOTO_FILES]
    occasion = number // 200
    day = datetime(2003, 1, 1) + timedelta(days=(occasion * 37) % 8000)
    taken = day + timedelta(seconds=28_800 + (number % 200) * 151 + occasion % 97)
    place = f"{day.year}/{day:%Y-%m-%d} {FOLDERS[occasion % len(FOLDERS)]} {occasion}"
    relpath = f"{place}/IMG_{number:07d}.jpg"
    _link(source, library.originals / relpath)
    content = f"{number % 4096:03x}{number:061x}"  # 4096 folders of thumbnails, not 65,536
    _link(sources.thumbnail(number % PHOTO_FILES), thumbnail_path(library.profile.thumbnail_dir, content))
    chance = rng.random(4)
    camera = CAMERAS[min(len(CAMERAS) - 1, int(-np.log(chance[0] + 1e-9) * 2))]
    tall = sources.stats[source].st_size % 3 == 0
    metadata = PhotoMetadata(
        width=3024 if tall else 4032,
        height=4032 if tall else 3024,
        format="JPEG",
        taken=taken.isoformat(),
        camera=camera,
        lens=f"{camera.split()[0]} {(24, 35, 50, 85)[number % 4]}mm",
        exposure_seconds=1 / (60 * 2 ** (number % 6)),
        aperture=(1.8, 2.8, 4.0, 5.6, 8.0)[number % 5],
        iso=100 * 2 ** (number % 7),
        focal_length_mm=float((24, 35, 50, 85)[number % 4]),
        latitude=38 + chance[1] * 20 if chance[1] < 0.3 else None,
        longitude=-9 + chance[2] * 30 if chance[1] < 0.3 else None,
        rating=int(chance[3] * 50) % 6 if chance[3] < 0.2 else None,
        keywords=tuple(WORDS[(occasion + at) % len(WORDS)] for at in range(occasion % 3)) if number % 4 == 0 else (),
        title=f"{FOLDERS[occasion % len(FOLDERS)]} {number}" if number % 10 == 0 else None,
    )
    status = sources.stats[source]
    reading = FileReading(
        source, Kind.PHOTO, status.st_size, status.st_mtime_ns, content, f"p:{content[2:]}", metadata,
        has_thumbnail=True,
    )  # fmt: skip
    return ItemWrite(None, root, relpath, reading)


def _track(library: BigLibrary, sources: _Sources, root: RootId, number: int) -> ItemWrite:
    source = sources.tracks[(number // 20) % TRACK_FILES]
    album = number // 240
    relpath = f"Music/Artist {album // 5}/Album {album}/{number % 240 // 20 + 1:02d} Song {number}.wav"
    _link(source, library.originals / relpath)
    metadata = TrackMetadata(
        duration=120.0 + number % 240,
        sample_rate=44100,
        channels=2,
        bit_rate=256_000,
        format="WAV",
        title=f"Song {number}",
        artist=f"Artist {album // 5}",
        album=f"Album {album}",
        genre=GENRES[album % len(GENRES)],
        year=1970 + album % 54,
        track_number=number % 240 // 20 + 1,
    )
    analysis = TrackAnalysis(70.0 + number % 110, 0.8, "CDEFGAB"[number % 7], ("major", "minor")[number % 2], 0.7)
    status, content = sources.stats[source], f"{number % 4096:03x}{number:061x}"
    reading = FileReading(
        source, Kind.TRACK, status.st_size, status.st_mtime_ns, content, f"p:{content[2:]}", metadata, analysis
    )
    return ItemWrite(None, root, relpath, reading)


def _write_batch(
    catalog: Catalog, store: IndexStore, makers: Mapping[str, "VectorMaker"], numbered: list[tuple[int, ItemWrite]]
) -> None:
    with catalog.transaction():
        vectors: dict[str, tuple[NDArray[np.int64], Any]] = {}
        for spec in SPACES.values():
            chosen = np.array([n for n, write in numbered if write.reading.kind is spec.kind], np.int64)
            payloads = [str(write.reading.payload_hash) for _n, write in numbered if write.reading.kind is spec.kind]
            vectors[spec.name] = chosen, makers[spec.name].make(chosen)
            catalog.put_vectors(spec.name, spec.version, payloads, vectors[spec.name][1])
        ids = catalog.upsert_readings([write for _n, write in numbered])
        _put_waveforms(catalog, numbered)
    by_number = dict(zip((n for n, _write in numbered), ids, strict=True))
    for spec in SPACES.values():
        if spec.metric is not Metric.NONE:
            chosen, made = vectors[spec.name]
            if spec.metric is not Metric.HAMMING:
                made = made.astype(np.float16).astype(np.float32)  # as the catalogue keeps them
            store.open_space(spec).add(np.array([by_number[n] for n in chosen.tolist()], np.int64), made)


def _put_waveforms(catalog: Catalog, numbered: list[tuple[int, ItemWrite]]) -> None:
    """In one statement, which the catalogue has no use for: else the program would compute them when it is idle."""
    hashes = [str(write.reading.payload_hash) for _number, write in numbered if write.reading.kind is Kind.TRACK]
    database = catalog._database  # pyright: ignore[reportPrivateUsage]
    with database.given(tracks={"hash": pa.array(hashes, pa.string())}):
        database.run(
            "INSERT INTO waveform SELECT p.id, repeat('5', 800)::BLOB, repeat('4', 800)::BLOB, -14.0 "
            "FROM tracks JOIN payload p USING (hash)"
        )


# vectors


class VectorMaker:
    """Clustered vectors of a space by item number: the same number gives the same vector."""

    def __init__(self, spec: SpaceSpec) -> None:
        self.spec = spec
        self._seed = sum(map(ord, spec.name))

    def make(self, numbers: NDArray[np.int64]) -> "NDArray[np.float32] | NDArray[np.uint8] | list[Vector]":
        """(n, dim) float32 of length 1, or packed bits; for a space of varying length one array each."""
        if self.spec.dim == 0:
            rng = self._rng(0, int(numbers[0]) if len(numbers) else 0)
            return [rng.integers(0, 256, 4 * 240, dtype=np.uint8) for _ in range(len(numbers))]
        if self.spec.metric is Metric.HAMMING:
            return self._bits(numbers)
        theme = self._drawn(numbers // PER_THEME, 1, sparse=self.spec.name == "colour")
        occasion = self._drawn(numbers // PER_OCCASION, 2, sparse=self.spec.name == "colour")
        own = self._rng(3, int(numbers[0])).standard_normal((len(numbers), self.spec.dim), dtype=np.float32)
        own /= np.sqrt(self.spec.dim)
        mixed = theme + 0.6 * occasion + 0.35 * (np.abs(own) if self.spec.name == "colour" else own)
        return mixed / np.linalg.norm(mixed, axis=1, keepdims=True)

    def _drawn(self, groups: NDArray[np.int64], level: int, *, sparse: bool) -> NDArray[np.float32]:
        """One vector of length 1 per group, (n, dim); ``sparse`` as histograms are: few bins, none below zero."""
        known, which = np.unique(groups, return_inverse=True)
        centres = np.empty((len(known), self.spec.dim), np.float32)
        for row, group in enumerate(known.tolist()):
            rng = self._rng(level, group)
            centre = rng.standard_normal(self.spec.dim, dtype=np.float32)
            centres[row] = np.abs(centre) * (rng.random(self.spec.dim) < 0.08) if sparse else centre
        return (centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-6))[which]

    def _bits(self, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        groups, which = np.unique(numbers // PER_OCCASION, return_inverse=True)
        centres = np.stack([self._rng(2, group).integers(0, 256, self.spec.dim, dtype=np.uint8) for group in groups])
        flips = self._rng(3, int(numbers[0])).random((len(numbers), self.spec.dim * 8), dtype=np.float32) < 0.15
        return centres[which] ^ np.packbits(flips, axis=1)

    def _rng(self, level: int, number: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, level, number])


def main() -> None:
    """Make one from the command line."""
    folder, items = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    made = big_library(folder.resolve(), items, lambda text: print(text, flush=True))
    print(made.profile.directory)


if __name__ == "__main__":
    main()
