"""Indexing end to end beside the bare decoding of the same files, and looking again at what has not changed."""

import hashlib
import multiprocessing
import os
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from multiprocessing.pool import Pool
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, Sizes, benchmark
from benchmarks.media_files import many_names, photo_files, small_photos, track_files
from desktop_app.domain.metadata import PhotoMetadata
from desktop_app.domain.reading import FileJob, FileReading

if TYPE_CHECKING:
    from desktop_app.engine.workers.pool import WorkerPool
    from desktop_app.paths import Profile

EXCERPT = 75.0  # seconds of a track that are analysed
RATE = 22_050  # Hz, at which they are


@benchmark("indexing-photos")
def photos(sizes: Sizes) -> Iterator[Figure]:
    """12-megapixel JPEGs, everything that indexing does, beside their scaled decode on as many processes."""
    folder = photo_files(sizes.workspace, sizes.photos)
    files = sorted(folder.glob("*.jpg"))
    few = small_photos(sizes.workspace, 40)
    yield from _compared("photo", folder, files, few, sizes, decode_scaled, 1.6, None)


@benchmark("indexing-tracks")
def tracks(sizes: Sizes) -> Iterator[Figure]:
    """4-minute mp3 tracks, everything that indexing does, beside decoding and resampling the analysed excerpt."""
    folder = track_files(sizes.workspace, sizes.tracks)
    files = sorted(folder.glob("*.mp3"))
    few = track_files(sizes.workspace, 6, 20)
    yield from _compared("track", folder, files, few, sizes, decode_and_resample, 2.0, 0.2)


@benchmark("rescan")
def rescan(sizes: Sizes) -> Iterator[Figure]:
    """Looking again at unchanged files, beside a scandir walk with stat of the same tree."""
    from desktop_app.engine.library import Library
    from desktop_app.engine.runs import RunControl

    folder = many_names(sizes.workspace, sizes.files)
    profile = _catalogued(sizes.workspace, folder, sizes.files)
    with Library.open(profile) as library:
        ours: list[float] = []
        bare: list[float] = []
        longest = 0.0
        for _ in range(sizes.rounds + 1):  # the first fills the caches
            started = time.perf_counter()
            count = walk(str(folder))
            bare.append(time.perf_counter() - started)
            control = RunControl()
            started = time.perf_counter()
            longest = 0.0
            steps = iter(library.index(control=control))
            while True:
                before = time.perf_counter()
                if next(steps, None) is None:
                    break
                longest = max(longest, time.perf_counter() - before)
            ours.append(time.perf_counter() - started)
            report = control.report
            if report is None or report.unchanged != sizes.files or count < sizes.files:
                raise AssertionError(f"not all of {count:,} files were seen as unchanged: {report}")
    yield Figure(
        f"rescan of {sizes.files:,} unchanged files",
        statistics.median(ours[1:]),
        "s",
        statistics.median(bare[1:]),
        "scandir walk with stat",
        most_ratio=2.0,
        note=f"longest step of the last round {longest * 1000:.0f} ms",
    )


def walk(folder: str) -> int:
    """Every file's status; returns how many."""
    count = 0
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    entry.stat()
                    count += 1
    return count


def decode_scaled(path: str) -> int:
    """The reference for photos: libjpeg's own scaling to a long side of at least 512 px, with Pillow."""
    from PIL import Image

    with Image.open(path) as image:
        width, height = image.size
        longest = max(width, height)
        image.draft(None, (width * 512 // longest, height * 512 // longest))
        image.load()
        return max(image.size)


def decode_and_resample(path: str) -> int:
    """The reference for tracks: seek to the middle, decode 75 s with FFmpeg, downmix, resample with soxr."""
    import av
    import soxr

    parts: list[NDArray[np.float32]] = []
    with av.open(path) as container:
        stream: Any = container.streams.audio[0]
        rate = stream.codec_context.sample_rate
        start = max(0.0, float(stream.duration * stream.time_base) / 2 - EXCERPT / 2)
        container.seek(int(start / stream.time_base), stream=stream)
        count = 0
        for frame in container.decode(stream):
            samples = frame.to_ndarray()
            parts.append(samples.mean(axis=0) if len(samples) > 1 else samples[0])
            count += frame.samples
            if count >= EXCERPT * rate:
                break
    return len(soxr.resample(np.concatenate(parts).astype(np.float32), rate, RATE, quality="HQ"))


def _compared(
    noun: str,
    folder: Path,
    files: list[Path],
    few: Path,
    sizes: Sizes,
    decode: Callable[[str], int],
    most_ratio: float,
    most: float | None,
) -> Iterator[Figure]:
    """Seconds per file and core, workers running already; then the same from nothing, workers' start and all."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    paths = [str(path) for path in files]
    ours: list[float] = []
    bare: list[float] = []
    whole: list[float] = []
    with multiprocessing.get_context("spawn").Pool(cores, initializer=_lower_priority) as pool:
        _timed_decoding(pool, decode, paths)
        for number in range(sizes.rounds):
            bare.append(_timed_decoding(pool, decode, paths))
            steady, everything = _timed_indexing(sizes.workspace / f"profile-{noun}-{number}", folder, few, len(files))
            ours.append(steady)
            whole.append(everything)
    share = cores / len(files)
    name, reference = f"indexing a {noun}, per core", f"bare decode of {len(files)} on {cores} processes"
    yield Figure(
        name,
        statistics.median(ours) * share,
        "s",
        statistics.median(bare) * share,
        reference,
        most_ratio=most_ratio,
        most=most,
        note="workers run already; rounds " + ", ".join(f"{a / b:.2f}" for a, b in zip(ours, bare, strict=True)),
    )
    yield Figure(
        f"{name}, with opening the library and starting workers",
        statistics.median(whole) * share,
        "s",
        statistics.median(bare) * share,
        reference,
    )


def _lower_priority() -> None:
    """As the workers of the library do, so that both are told alike by a machine that has other work."""
    if hasattr(os, "nice"):
        os.nice(10)


def _timed_decoding(pool: Pool, decode: Callable[[str], int], paths: list[str]) -> float:
    started = time.perf_counter()
    for side in pool.imap_unordered(decode, paths):
        if side < 512:
            raise AssertionError("decoded too small")
    return time.perf_counter() - started


def _timed_indexing(place: Path, folder: Path, few: Path, count: int) -> tuple[float, float]:
    """Seconds for ``folder`` after ``few`` has been indexed, and the same with opening and ``few`` in a new profile."""
    from desktop_app.engine.library import Library
    from desktop_app.engine.runs import RunControl
    from desktop_app.paths import Profile

    shutil.rmtree(place, ignore_errors=True)
    try:
        begun = time.perf_counter()
        with Library.open(Profile(place)) as library:
            library.add_root(few)
            for _ in library.index(control=RunControl()):
                pass
            started = time.perf_counter()
            library.add_root(folder)
            control = RunControl()
            for _ in library.index([folder], control=control):
                pass
            ended = time.perf_counter()
            if control.report is None or control.report.embedded != count:
                raise AssertionError(f"not all was described: {control.report}")
        return ended - started, ended - begun
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _catalogued(workspace: Path, folder: Path, count: int) -> "Profile":
    """A profile that knows all files of ``folder``, described by a stand-in for reading; kept in the workspace."""
    from desktop_app.engine.indexing import Indexer
    from desktop_app.engine.library import Library
    from desktop_app.engine.runs import RunControl
    from desktop_app.paths import Profile

    profile = Profile(workspace / f"profile-names-{count}")
    with Library.open(profile) as library:
        if not library.roots():
            library.add_root(folder)
            pool = cast("WorkerPool", AtOnce())
            indexer = Indexer(library.catalog, library.store, pool, profile.thumbnail_dir, read=told)
            control = RunControl()
            for _ in indexer.run(control=control):
                pass
            if control.report is None or control.report.added != count:
                raise AssertionError(f"not all was catalogued: {control.report}")
    return profile


class AtOnce:
    """In place of the worker pool: calls in this very process."""

    room = 200

    def schedule(self, function: Callable[..., object], args: tuple[object, ...], **_limits: object) -> Future[object]:
        future: Future[object] = Future()
        future.set_result(function(*args))
        return future


def told(job: FileJob) -> FileReading:
    """A reading made up from the file's name, as of a photo without vectors."""
    status = job.path.stat()
    name = hashlib.sha256(str(job.path).encode()).hexdigest()
    metadata = PhotoMetadata(width=4032, height=3024, format="JPEG", taken="2024-05-01T12:00:00", camera="Lumina L1")
    return FileReading(job.path, job.kind, status.st_size, status.st_mtime_ns, name, f"p:{name}", metadata)
