"""The default similarity search in a large library, from the call to the signal, beside each of its spaces alone."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.big_library import big_library
from benchmarks.engine_calls import EngineCalls, engine_calls
from benchmarks.figures import Figure, Sizes, benchmark
from desktop_app.domain.ids import ItemId
from desktop_app.domain.search import PaletteColour, SimilarRequest
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.descriptors.spaces import SPACES

HITS = 50
WARMING, QUESTIONS = 10, 60


@benchmark("similar")
def similar(sizes: Sizes) -> Iterator[Figure]:
    """Similar to a photo, to a track, to a palette, with and without a filter: call to signal."""
    profile = big_library(sizes.workspace, sizes.items).profile
    size = f"{sizes.items:,} items"
    photos, tracks = SPACES["look"], SPACES["sound"]
    with Catalog.open(profile.catalog_path) as catalog:
        pictures = some_of(catalog, photos)
        songs = some_of(catalog, tracks)
    with engine_calls(profile) as engine:
        alone = {
            name: asked(engine, [SimilarRequest(items=(each,), k=HITS, space=name) for each in pictures])
            for name, spec in SPACES.items()
            if spec.kind is photos.kind and spec.metric is not Metric.NONE
        }
        for name, spent in alone.items():
            yield Figure(f"photo, “{name}” alone, p50, {size}", float(np.median(spent)), "ms")
        slowest = max(alone, key=lambda name: float(np.median(alone[name])))
        reference, named = float(np.median(alone[slowest])), f"“{slowest}” alone"
        fused = asked(engine, [SimilarRequest(items=(each,), k=HITS) for each in pictures])
        yield Figure(f"photo, all its spaces, p50, {size}", float(np.median(fused)), "ms", reference, named, most=60)
        yield Figure(f"photo, all its spaces, p99, {size}", float(np.quantile(fused, 0.99)), "ms")
        yield from staged(engine, pictures, size)
        for query in ("rating:>=3", "camera:canon", "garden"):
            spent = asked(engine, [SimilarRequest(items=(each,), k=HITS, query=query) for each in pictures])
            yield Figure(f"photo, only “{query}”, p50, {size}", float(np.median(spent)), "ms", reference, named)
        spent = asked(engine, [SimilarRequest(items=(each,), k=HITS) for each in songs])
        yield Figure(f"track, p50, {size}", float(np.median(spent)), "ms")
        colour = float(np.median(alone["colour"]))
        spent = asked(engine, [SimilarRequest(colours=each, k=HITS) for each in palettes()])
        yield Figure(
            f"palette of one to five colours, p50, {size}",
            float(np.median(spent)),
            "ms",
            colour,
            "“colour” alone",
            most=150,
        )


def some_of(catalog: Catalog, spec: SpaceSpec) -> list[ItemId]:
    """Items to compare with, spread over the library."""
    ids = catalog.vector_items(spec.name, spec.version)
    chosen = np.random.default_rng(5).choice(ids, min(len(ids), WARMING + QUESTIONS), replace=False)
    return [ItemId(each) for each in chosen.tolist()]


def palettes() -> list[tuple[PaletteColour, ...]]:
    """Of one to five colours with weights."""
    rng = np.random.default_rng(6)
    return [
        tuple(
            PaletteColour((int(red), int(green), int(blue)), float(rng.uniform(0.2, 1.0)))
            for red, green, blue in rng.integers(0, 256, (1 + number % 5, 3))
        )
        for number in range(WARMING + QUESTIONS)
    ]


def asked(engine: EngineCalls, requests: Sequence[SimilarRequest]) -> NDArray[np.float64]:
    """Milliseconds from call to signal, without the first that warm the caches."""
    spent: list[float] = []
    for request in requests:
        seconds, reply = engine.timed("similar_ready", lambda client, given=request: client.find_similar(given))
        if not reply.hits:
            raise RuntimeError(f"nothing found for {request}")
        spent.append(seconds * 1000)
    return np.array(spent[WARMING:])


def staged(engine: EngineCalls, pictures: Sequence[ItemId], size: str) -> Iterator[Figure]:
    """Where the time of the fused search goes."""
    stages: dict[str, list[float]] = {}
    for picture in pictures[WARMING:]:
        request = SimilarRequest(items=(picture,), k=HITS)
        _, reply = engine.timed("similar_ready", lambda client, given=request: client.find_similar(given))
        for name, seconds in reply.timings.items():
            stages.setdefault(name, []).append(seconds * 1000)
    for name in ("wait", "read", "search", "rank", "rows"):
        yield Figure(f"photo, of that {name}, p50, {size}", float(np.median(stages[name])), "ms")
