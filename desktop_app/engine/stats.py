"""Library health in figures: what is there, what covers it, how fast it answers, what would help."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import psutil

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric
from desktop_app.engine.search_log import Latency, SearchLog

if TYPE_CHECKING:
    from desktop_app.engine.catalog import CatalogReader
    from desktop_app.engine.index import IndexStore

SLOW_MS = 250.0
ENOUGH_SEARCHES = 20  # a few first ones, with cold caches, say nothing
MEGABYTE = 1024 * 1024


def library_stats(reader: "CatalogReader", store: "IndexStore", searches: SearchLog) -> dict[str, Any]:
    """The document of ``akin stats``."""
    from desktop_app.engine.descriptors.spaces import SPACES

    counts = reader.counts()
    items = {
        "total": counts.photos + counts.tracks + counts.missing + counts.offline + counts.problems,
        "photos": counts.photos,
        "tracks": counts.tracks,
        "missing": counts.missing,
        "offline": counts.offline,
        "problems": counts.problems,
    }
    of_kind = {
        kind: reader.find("", limit=0, kind=kind)[0] - _problems(reader, kind) for kind in (Kind.PHOTO, Kind.TRACK)
    }
    spaces: dict[str, Mapping[str, Any]] = {}
    for spec in SPACES.values():
        vectors = len(reader.vector_items(spec.name, spec.version))
        kind, size = "none", 0
        if spec.metric is not Metric.NONE:
            kind, _count, size = store.open_space(spec).describe()
        wanted = of_kind[spec.kind]
        spaces[spec.name] = {
            "vectors": vectors,
            "coverage": round(vectors / wanted, 4) if wanted else 1.0,
            "index": kind,
            "bytes": size,
            "dim": spec.dim,
            "version": spec.version,
            "kind": spec.kind.value,
        }
    latency = searches.latency()
    return {
        "items": items,
        "spaces": spaces,
        "memory_mb": round(psutil.Process().memory_info().rss / MEGABYTE, 1),
        "searches": dict(latency),
        "recommendations": recommendations(items, spaces, latency),
    }


def _problems(reader: "CatalogReader", kind: Kind) -> int:
    from desktop_app.domain.kinds import State

    return reader.find("", limit=0, kind=kind, state=State.PROBLEM)[0]


def recommendations(items: Mapping[str, int], spaces: Mapping[str, Mapping[str, Any]], latency: Latency) -> list[str]:
    """What would help, in words."""
    advice: list[str] = []
    if not items["total"]:
        advice.append("The library is empty: add a folder with “akin index FOLDER”.")
    if items["problems"]:
        advice.append("Some files could not be read: “akin list --state problem” says why.")
    if items["missing"]:
        advice.append("Some files are gone from their folders: “akin list --state missing” names them.")
    if items["offline"]:
        advice.append("Some folders can't be reached at present: connect their drive, or relocate them.")
    lacking = [name for name, space in spaces.items() if space["coverage"] < 1.0]
    if lacking:
        advice.append(f"Not everything is described in {', '.join(lacking)}: index the folders again.")
    median = latency["p50_ms"]
    if median is not None and median > SLOW_MS and latency["count"] >= ENOUGH_SEARCHES:
        advice.append("Searches are slow: “akin doctor --repair” rebuilds the indexes.")
    return advice
