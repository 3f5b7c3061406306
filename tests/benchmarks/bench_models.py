"""A model of CLIP B/32's shape in a library: photos a second beside the bare network, and photos found by words."""

import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psutil

from benchmarks.big_library import VectorMaker, big_library
from benchmarks.clip_b32 import SIDE, bare_speed, clip_b32
from benchmarks.engine_calls import engine_calls
from benchmarks.figures import Figure, Sizes, benchmark
from desktop_app.domain.kinds import Kind
from desktop_app.domain.search import SimilarRequest
from desktop_app.domain.spaces import SpaceSpec
from desktop_app.engine.library import Library
from desktop_app.engine.models.describing import BATCH
from desktop_app.engine.runs import RunControl
from desktop_app.paths import Profile

MOST_ITEMS = 20_000
BATCHES = 8
"""Timed in a round, after one that fills what lies before the network."""
HITS = 50
WARMING, QUESTIONS = 5, 60
THINGS = ("dog", "cat", "beach", "house", "tree", "sunset", "red car", "child", "snow", "boat")
PLACES = ("on a beach", "in the garden", "at night", "under a blue sky", "beside a lake", "in the rain")


@benchmark("models")
def run(sizes: Sizes) -> Iterator[Figure]:
    """CLIP B/32's shape with random weights: describing photos beside the bare network, words to photos."""
    if find_spec("torch") is None or find_spec("sentence_transformers") is None:
        print("  PyTorch is not installed: left out")
        return
    items = min(sizes.items, MOST_ITEMS)
    folder = clip_b32(sizes.workspace)
    profile = big_library(sizes.workspace, items).copy(sizes.workspace / "with-model")
    yield from describing(profile, folder, sizes.rounds)
    yield from words(profile, items)


def describing(profile: Profile, folder: Path, rounds: int) -> Iterator[Figure]:
    """Bare network and describing in turn; all photos but those of the rounds get made-up vectors."""
    with Library.open(profile) as library:
        library.models.use(library.models.examine(str(folder)))
        model = library.models.answering
        assert model is not None
        make_up(library, model.spec, leaving=(BATCHES + 6) * BATCH * rounds)
        pixels = np.random.default_rng(1).integers(0, 255, (BATCH, SIDE, SIDE, 3), np.uint8)
        runner = library.models._runner  # pyright: ignore[reportPrivateUsage]
        bare: list[tuple[float, float]] = []
        whole: list[tuple[float, float]] = []
        for _round in range(rounds):
            bare.append(runner.run(bare_speed, model.source, pixels, BATCHES // 2))
            whole.append(described_speed(library))
            bare.append(runner.run(bare_speed, model.source, pixels, BATCHES // 2))
        make_up(library, model.spec, leaving=0)
        library.models.use(model)  # whole now
    speed, spent = np.median(whole, axis=0).tolist()
    bare_of, spent_bare = np.median(bare, axis=0).tolist()
    named = "the bare network on a batch that is ready"
    yield Figure("photos described a second", speed, "", bare_of, named, least=0.8 * bare_of, note=model.device)
    yield Figure("processor time of all processes, a photo", 1000 * spent, "ms", 1000 * spent_bare, named)


def make_up(library: Library, spec: SpaceSpec, *, leaving: int) -> None:
    """Vectors for the photos that have none, but for the last ones."""
    catalog = library.catalog
    lacking = catalog.items_without_vectors(spec.name, spec.version, Kind.PHOTO)
    given = lacking[: max(0, len(lacking) - leaving)]
    payloads = [str(item.payload_hash) for item in catalog.known_items(given)]
    with catalog.transaction():
        catalog.put_vectors(spec.name, spec.version, payloads, list(VectorMaker(spec).make(given)))


def described_speed(library: Library) -> tuple[float, float]:
    """Photos a second, and processor seconds a photo, between the first batch that is written and ``BATCHES`` later."""
    control = RunControl()
    moments: list[tuple[float, float, int]] = []
    for step in library.describe_photos(control=control):
        if step.done and (not moments or step.done > moments[-1][2]):
            moments.append((time.perf_counter(), processor_seconds(), step.done))
        if len(moments) > BATCHES:
            control.cancel()
    (began, spent, done), (ended, all_spent, all_done) = moments[0], moments[-1]
    photos = all_done - done
    return photos / (ended - began), (all_spent - spent) / photos


def processor_seconds() -> float:
    """Of this process and those that it started."""
    here = psutil.Process()
    times = [process.cpu_times() for process in (here, *here.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def words(profile: Profile, items: int) -> Iterator[Figure]:
    """From the call to the signal, each time other words."""
    texts = [f"{thing} {place}" for place in PLACES for thing in THINGS]
    spent: list[float] = []
    parts: list[float] = []
    with engine_calls(profile) as engine:
        for text in [*texts[:WARMING], *texts[:QUESTIONS]]:
            request = SimilarRequest(text=text, k=HITS)
            seconds, reply = engine.timed("similar_ready", lambda client, given=request: client.find_similar(given))
            if len(reply.hits) != HITS:
                raise RuntimeError(f"{len(reply.hits)} hits for {text}")
            spent.append(seconds * 1000)
            parts.append(reply.timings["words"] * 1000)
    name = f"words to {HITS} photos among {items:,} items"
    yield Figure(f"{name}, the first, with the model's process", spent[0] / 1000, "s")
    yield Figure(f"{name}, p50", float(np.median(spent[WARMING:])), "ms", most=150)
    yield Figure(f"{name}, p95", float(np.quantile(spent[WARMING:], 0.95)), "ms", most=150)
    yield Figure("of that the words, p50", float(np.median(parts[WARMING:])), "ms")
