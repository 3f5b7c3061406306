"""Searching, listing and rating in a large catalogue, beside DuckDB alone."""

import time
from collections.abc import Callable, Iterator

import duckdb
import numpy as np

from benchmarks.big_library import big_library
from benchmarks.engine_calls import EngineCalls, engine_calls
from benchmarks.figures import Figure, Sizes, benchmark
from desktop_app.domain.browsing import Listing, Scope
from desktop_app.domain.kinds import Grouping, ScopeKind, SortKey
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.catalog.connection import Memory

PAGE = 100
QUESTIONS = (
    ("rating:>=3 garden", "i.rating >= 3", "garden"),
    ("camera:canon sea", "contains(lower(i.camera), 'canon')", "sea"),
    ("iso:>=1600 snow", "i.iso >= 1600", "snow"),
    ("taken:2012 alps", "i.taken >= TIMESTAMP '2012-01-01' AND i.taken < TIMESTAMP '2013-01-01'", "alps"),
    ("width:4032 kitchen", "i.width = 4032", "kitchen"),
    ("ext:jpg img_00001", "i.ext = 'jpg'", "img_00001"),
)
PHOTOS, EVERYTHING = Scope(ScopeKind.PHOTOS), Scope(ScopeKind.ALL)
SHOWN = "i.state IN ('present', 'missing', 'offline') AND i.companion_of IS NULL"
COLUMNS = (
    "i.id, i.kind, i.state, r.path, i.relpath, i.title, i.content_hash, i.rating, i.width, i.height, i.taken, "
    "i.artist, i.album, i.genre, i.year, i.duration, i.tempo, i.key, i.scale, i.reason, i.size"
)


@benchmark("find")
def find(sizes: Sizes) -> Iterator[Figure]:
    """Field and word queries to the filled first page, listings by every order, the tree, ratings."""
    profile = big_library(sizes.workspace, sizes.items).profile
    size = f"{sizes.items:,} items"
    with Catalog.open(profile.catalog_path):
        pass  # brought to today's schema
    limits: dict[str, str | bool | int | float | list[str]] = {"memory_limit": Memory().most, "threads": 2}
    with duckdb.connect(profile.catalog_path, read_only=True, config=limits) as alone:
        bare = [duckdb_alone(alone) for _ in range(sizes.rounds + 1)]
    with Catalog.open(profile.catalog_path) as catalog:
        yield from listed(catalog, sizes, size)
        yield from rated(catalog, sizes, size)
    with engine_calls(profile) as engine:
        ours = [first_pages(engine) for _ in range(sizes.rounds + 1)]
    whole, least = np.array(ours[1:]).ravel() * 1000, np.array(bare[1:]).ravel() * 1000  # the first warms the cache
    yield Figure(
        f"field and word, call to first page of rows, p50, {size}",
        float(np.median(whole)),
        "ms",
        float(np.median(least)),
        "DuckDB alone: the same ids and rows",
        most_ratio=1.5,
    )
    yield Figure(
        f"field and word, call to first page of rows, p95, {size}", float(np.quantile(whole, 0.95)), "ms", most=150
    )
    yield Figure(f"field and word, the very first, {size}", ours[0][0] * 1000, "ms", note="cold")


def first_pages(engine: EngineCalls) -> list[float]:
    """Seconds from asking for a listing to the rows of its first page, by question."""
    spent: list[float] = []
    for text, _, _ in QUESTIONS:
        listing = Listing(PHOTOS, text)
        listing_seconds, reply = engine.timed("listing_ready", lambda client, asked=listing: client.list_items(asked))
        page = reply.ids[:PAGE].tolist()
        row_seconds, _rows = engine.timed("rows_ready", lambda client, asked=page: client.fetch_rows(asked))
        spent.append(listing_seconds + row_seconds)
    return spent


def duckdb_alone(connection: duckdb.DuckDBPyConnection) -> list[float]:
    """Seconds of one statement for the ids and one for the rows, by question."""
    spent: list[float] = []
    for _, field, word in QUESTIONS:
        where = (
            f"FROM item i JOIN root r ON r.id = i.root_id WHERE {SHOWN} AND i.kind = 'photo' AND {field} AND "
            f"(contains(i.words, '{word}') OR i.id IN (SELECT item_id FROM tag WHERE contains(folded, '{word}'))) "
            "ORDER BY i.taken DESC NULLS LAST, r.path, i.relpath, i.id"
        )
        started = time.perf_counter()
        ids = connection.execute(f"SELECT i.id {where}").fetchnumpy()["id"]
        rows = connection.execute(f"SELECT {COLUMNS} {where} LIMIT {PAGE}").fetchall()
        spent.append(time.perf_counter() - started)
        if len(rows) != min(PAGE, len(ids)) or not rows:
            raise RuntimeError(f"nothing to find for “{word}”")
    return spent


def listed(catalog: Catalog, sizes: Sizes, size: str) -> Iterator[Figure]:
    """Listings of everything, by every order and grouping, and other reads of a window."""
    orders: list[tuple[str, Listing]] = [
        (f"all by {sort.value}", Listing(EVERYTHING, sort=sort)) for sort in SortKey if sort is not SortKey.MANUAL
    ]
    orders += [(f"photos in sections by {each.value}", Listing(PHOTOS, grouping=each)) for each in PHOTO_GROUPS]
    orders += [("tracks by album", Listing(Scope(ScopeKind.TRACKS), sort=SortKey.ALBUM, grouping=Grouping.ALBUM))]
    slowest = ("", 0.0)
    for name, listing in orders:
        spent = milliseconds(lambda asked=listing: catalog.ids(asked), sizes.rounds)
        slowest = max(slowest, (name, spent), key=lambda each: each[1])
        yield Figure(f"listing {name}, {size}", spent, "ms")
    yield Figure(f"the slowest listing of all, {size}", slowest[1], "ms", most=250, note=slowest[0])
    reads: list[tuple[str, Callable[[], object]]] = [
        ("a listing of nothing", lambda: catalog.ids(Listing(PHOTOS, "nothing-has-this-word"))),
        ("find everything, 20 rows", lambda: catalog.find("", limit=20)),
        ("find a word, 20 rows", lambda: catalog.find("garden", limit=20)),
        ("ids of a filter by field", lambda: catalog.matching_ids("rating:>=3")),
        ("ids of a filter by word", lambda: catalog.matching_ids("garden")),
        ("the tree", catalog.tree),
        ("the counts", catalog.counts),
    ]
    for name, read in reads:
        yield Figure(f"{name}, {size}", milliseconds(read, sizes.rounds), "ms")


PHOTO_GROUPS = (Grouping.MONTH, Grouping.CAMERA, Grouping.FOLDER)


def rated(catalog: Catalog, sizes: Sizes, size: str) -> Iterator[Figure]:
    """Rating a thousand and all, with what undoes it; all is as it was afterwards."""
    everything = catalog.ids(Listing(EVERYTHING)).ids
    for name, ids in (("1,000", everything[:1000]), ("all", everything)):
        started = time.perf_counter()
        catalog.log.rate(ids, 5)
        spent = time.perf_counter() - started
        edit = catalog.log.last()
        assert edit is not None
        catalog.log.undo(edit)
        yield Figure(f"rate {name} of {size}", spent * 1000, "ms")


def milliseconds(read: Callable[[], object], rounds: int) -> float:
    """The median of some rounds after one that warms the cache."""
    spent: list[float] = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        read()
        spent.append(time.perf_counter() - started)
    return float(np.median(spent[1:])) * 1000
