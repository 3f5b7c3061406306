"""Library health in figures: what is there, what covers it, how fast it answers, what would help."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from desktop_app.domain.health import IndexHealth, LibraryHealth, SpaceHealth
from desktop_app.domain.spaces import Metric
from desktop_app.engine.search_advice import search_advice
from desktop_app.engine.search_log import SearchLog
from desktop_app.paths import Profile

if TYPE_CHECKING:
    from desktop_app.engine.catalog import CatalogReader
    from desktop_app.engine.catalog.tree import Counts
    from desktop_app.engine.index import IndexStore
    from desktop_app.engine.index.space_index import SpaceIndex

PROBES = 5
NEIGHBOURS = 50
MEGABYTE = 1024 * 1024
ENOUGH_RECALL = 0.9


def library_health(
    reader: "CatalogReader", store: "IndexStore", searches: SearchLog, profile: Profile, *, preparing: bool = False
) -> LibraryHealth:
    """Everything at this moment. An index that was not searched yet in this process is, a few times."""
    counts, wanted = reader.counts(), reader.describable()
    spaces: list[SpaceHealth] = []
    incomplete: set[str] = set()
    for spec in store.spaces.named().values():
        before = reader.vector_count(spec.name, spec.version)
        index = None if spec.metric is Metric.NONE else index_health(store.open_space(spec))
        after = reader.vector_count(spec.name, spec.version)
        if index is not None and not min(before, after) <= index.count <= max(before, after):
            incomplete.add(spec.name)
        # What is being indexed may be counted in between: there are never more than can be.
        vectors = min(after, wanted.get(spec.kind, 0))
        spaces.append(
            SpaceHealth(
                spec.name, spec.title, spec.kind, spec.version, spec.dim, vectors, wanted.get(spec.kind, 0), index
            )
        )
    resident, mapped = process_memory()
    durations, stages = searches.durations(), searches.stages()
    return LibraryHealth(
        photos=counts.photos,
        tracks=counts.tracks,
        missing=counts.missing,
        offline=counts.offline,
        problems=counts.problems,
        spaces=tuple(spaces),
        searches=durations,
        stages=stages,
        memory_bytes=resident,
        mapped_bytes=mapped,
        catalogue_bytes=_size([profile.catalog_path, profile.catalog_path.with_suffix(".duckdb.wal")]),
        index_bytes=_size(profile.index_dir.rglob("*")),
        preparing=preparing,
        recommendations=(
            *_about_items(counts),
            *_about_spaces(spaces, incomplete, preparing=preparing),
            *search_advice(durations, stages, [space.index for space in spaces if space.index is not None]),
        ),
    )


def index_health(index: "SpaceIndex") -> IndexHealth:
    """With a latency wherever there is something to search."""
    health = index.health()
    if health.latency_ms is None and health.count:
        ids = index.ids()
        _known, vectors = index.vectors(ids[:: max(1, len(ids) // PROBES)][:PROBES])
        for vector in vectors:
            index.search(vector[None], NEIGHBOURS)
        health = index.health()
    return health


def process_memory() -> tuple[int, int]:
    """Bytes resident in this process, without and of files mapped into memory (0 where the system doesn't say)."""
    memory = psutil.Process().memory_info()
    mapped = int(getattr(memory, "shared", 0))
    return memory.rss - mapped, mapped


def document(health: LibraryHealth) -> dict[str, Any]:
    """The document of ``akin stats``."""
    return {
        "items": {
            "total": health.items,
            "photos": health.photos,
            "tracks": health.tracks,
            "missing": health.missing,
            "offline": health.offline,
            "problems": health.problems,
        },
        "spaces": {space.name: _space_document(space) for space in health.spaces},
        "memory_mb": round((health.memory_bytes + health.mapped_bytes) / MEGABYTE, 1),
        "mapped_mb": round(health.mapped_bytes / MEGABYTE, 1),
        "catalogue_bytes": health.catalogue_bytes,
        "index_bytes": health.index_bytes,
        "searches": {**asdict(health.searches), "stages": {name: asdict(each) for name, each in health.stages.items()}},
        "preparing": health.preparing,
        "recommendations": list(health.recommendations),
    }


def _space_document(space: SpaceHealth) -> dict[str, Any]:
    index = space.index
    about: dict[str, Any] = {
        "vectors": space.vectors,
        "coverage": round(space.coverage, 4),
        "index": index.kind if index else "none",
        "bytes": index.bytes if index else 0,
        "dim": space.dim,
        "version": space.version,
        "kind": space.kind.value,
    }
    if index is not None:
        about |= {
            "indexed": index.count,
            "recall": round(index.recall, 4),
            "latency_ms": None if index.latency_ms is None else round(index.latency_ms, 2),
            "building": index.building,
        }
    return about


def _size(paths: Iterable[Path]) -> int:
    total = 0
    for path in paths:
        with suppress(OSError):  # gone meanwhile, or never there
            total += path.stat().st_size
    return total


# what would help, in words


def _about_items(counts: "Counts") -> Iterator[str]:
    if not counts.items:
        yield "The library is empty: add a folder, in the window or with “akin index FOLDER”."
    if counts.problems:
        yield "Some files could not be read: Problems in the window, or “akin list --state problem”, says why."
    if counts.missing:
        yield "Some files are gone: Missing in the window, or “akin list --state missing”, names them."
    if counts.offline:
        yield "Some folders can't be reached at present: connect their drive, or relocate them."


def _about_spaces(spaces: Sequence[SpaceHealth], incomplete: Collection[str], *, preparing: bool) -> Iterator[str]:
    lacking = [space.name for space in spaces if space.vectors < space.wanted]
    if lacking:
        yield f"Not everything is described in {', '.join(lacking)}: index the folders again."
    if preparing:
        yield "The search index is being prepared: until then some of what is alike may not be found."
        return
    for space in spaces:
        index = space.index
        if index is None:
            continue
        if space.name in incomplete:
            yield f"The search index of {space.name} is incomplete: “akin doctor --repair” builds it anew."
        elif index.recall < ENOUGH_RECALL:
            yield f"The search index of {space.name} misses some hits: “akin doctor --repair” builds it anew."
        elif index.building:
            yield f"A faster search index for {space.name} is being built; searches are slower until then."
