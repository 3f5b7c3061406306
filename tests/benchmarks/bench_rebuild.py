"""An index that is lost, made again of the catalogue's vectors: how long, and in how much memory."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil

from benchmarks.bench_index import CHUNK, DIM, clustered, space
from benchmarks.figures import Figure, Sizes, benchmark
from desktop_app.domain.kinds import Kind
from desktop_app.domain.metadata import PhotoMetadata
from desktop_app.domain.reading import FileReading
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.index import IndexStore
from desktop_app.engine.index.reconcile import reconcile

SPEC = space("rebuilt", DIM)
TARGET_SECONDS = 60.0
TARGET_VECTORS = 1_000_000


def catalogue(folder: Path, vectors: int) -> Path:
    """A catalogue of so many photos with a vector each; one made before is taken again."""
    path, marker = folder / "catalog.duckdb", folder / "made"
    if marker.is_file():
        return path
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make = clustered(DIM)
    with Catalog.open(path) as catalog:
        root = catalog.add_root(folder)
        for start in range(0, vectors, CHUNK):
            numbers = range(start, min(start + CHUNK, vectors))
            with catalog.transaction():
                catalog.put_vectors(SPEC.name, SPEC.version, [f"p:{n}" for n in numbers], make(start, len(numbers)))
                catalog.upsert_readings([ItemWrite(None, root.id, f"{n // 1000}/{n}.jpg", _photo(n)) for n in numbers])
    marker.touch()
    return path


def _photo(number: int) -> FileReading:
    metadata = PhotoMetadata(width=4032, height=3024, format="JPEG")
    return FileReading(
        Path(f"{number}.jpg"), Kind.PHOTO, 4_000_000, 0, f"{number:064x}", f"p:{number}", metadata
    )  # fmt: skip


@benchmark("index-rebuild")
def rebuilding(sizes: Sizes) -> Iterator[Figure]:
    """An index rebuilt from the catalogue's stored vectors, as after it was damaged, until its lists are made."""
    vectors = sizes.vectors
    path = catalogue(sizes.workspace / f"rebuild-{vectors}", vectors)
    folder = sizes.workspace / "rebuilt"
    shutil.rmtree(folder, ignore_errors=True)
    process = psutil.Process()
    with Catalog.open(path) as catalog:
        ids = catalog.vector_items(SPEC.name, SPEC.version)
        start = time.perf_counter()
        for at in range(0, len(ids), CHUNK):
            catalog.vectors_of_items(SPEC.name, SPEC.version, ids[at : at + CHUNK])
        reading = time.perf_counter() - start
        before = most = _own(process)
        store = IndexStore(folder)
        index = store.open_space(SPEC)
        steps: list[float] = []
        start = last = time.perf_counter()
        for _step in reconcile(index, catalog, SPEC, np.zeros(0, np.int64), verify=False):
            most = max(most, _own(process))
            now = time.perf_counter()
            steps.append((now - last) * 1000)
            last = now
        index.save(catalog.sequence)
        whole = time.perf_counter() - start
        while index.tidy(lambda: None):  # beside the store's own thread, which merges meanwhile
            most = max(most, _own(process))
        index.save(catalog.sequence)
        taken = time.perf_counter() - start
        most = max(most, _own(process))
    assert index.count == len(ids) == vectors
    kind = index.health().kind
    store.close()
    label = f"{vectors:,} × {DIM} from the catalogue"
    target = TARGET_SECONDS * vectors / TARGET_VECTORS
    yield Figure(
        f"{label}: rebuilt and saved", whole, "s", reading, "reading the vectors in large pieces", most=target,
        note=f"target of {TARGET_SECONDS:g} s for {TARGET_VECTORS:,}, in proportion",
    )  # fmt: skip
    yield Figure(f"{label}: until the lists are made", taken, "s", note=kind)
    yield Figure(f"{label}: longest step, in which an edit waits", max(steps), "ms", note=f"p50 {np.median(steps):.0f}")
    size = vectors * DIM * 2 / 2**20
    yield Figure(
        f"{label}: more memory, without mapped pages", (most - before) / 2**20, "MiB", size, "the vectors", most_ratio=1
    )
    shutil.rmtree(folder)


def _own(process: psutil.Process) -> int:
    """Bytes resident that are not of files."""
    memory = process.memory_info()
    return memory.rss - getattr(memory, "shared", 0)
