"""What a similarity search answers."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures.catalogue_double import FUSION, CatalogueDouble, nudged, project, reading_of, vectors_of
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.reading import FileReading
from desktop_app.domain.search import SearchReply, SimilarRequest
from desktop_app.engine.index import IndexStore
from desktop_app.engine.search.similar import SimilarSearch
from desktop_app.errors import KnownError, UnreadableFileError, UsageError

OUTSIDE = Path("/elsewhere/dropped.jpg")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[CatalogueDouble]:
    """Sixty photos, ten tracks."""
    store = IndexStore(tmp_path, project)
    made = CatalogueDouble(store)
    for item in range(1, 61):
        made.add(item, Kind.PHOTO)
    for item in range(101, 111):
        made.add(item, Kind.TRACK)
    yield made
    store.close()


def search(library: CatalogueDouble, describe: object = None) -> SimilarSearch:
    return SimilarSearch(lambda: library, library.store, describe, FUSION)  # type: ignore[arg-type]


def ids(reply: SearchReply) -> list[int]:
    return [int(hit.id) for hit in reply.hits]


def expected_order(library: CatalogueDouble, query: int, names: dict[str, float]) -> list[int]:
    photos = [item for item, row in library.held.items() if item != query and row.kind is Kind.PHOTO]

    def cosine(name: str, item: int, *others: int) -> float:
        """With the query and its neighbours, each as much as it is like the query."""
        own = library.vectors[query][name]
        sought = own + sum(library.vectors[other][name] * (own @ library.vectors[other][name]) for other in others)
        return float(sought @ library.vectors[item][name] / np.linalg.norm(sought))

    near = sorted(photos, key=lambda item: -cosine("look", item))[:2]

    def score(name: str, item: int) -> float:
        if name != "look":
            return cosine(name, item)
        return max(cosine(name, item), cosine(name, item, *(other for other in near if other != item)))

    fused = {item: sum(w * score(n, item) for n, w in names.items()) / sum(names.values()) for item in photos}
    return sorted(fused, key=lambda item: (-fused[item], item))


def test_fuses_the_default_spaces_and_says_why(library: CatalogueDouble) -> None:
    reply = search(library).run(SimilarRequest(items=(ItemId(1),), k=59))
    assert reply.kind is Kind.PHOTO
    assert reply.space == "default"
    assert reply.queries == (Path("/library/1.jpg"),)
    assert sorted(ids(reply)) == list(range(2, 61))
    scores = [hit.score for hit in reply.hits]
    assert scores == sorted(scores, reverse=True)
    assert {part.space for part in reply.hits[0].parts} == {"look", "colour"}
    for hit in reply.hits:
        assert hit.score == pytest.approx(sum(part.weight * part.similarity for part in hit.parts), abs=1e-4)
    assert {"read", "describe", "filter", "search", "rank", "rows"} <= set(reply.timings)
    assert 0 < sum(reply.timings.values()) <= reply.seconds * 1.01
    assert set(reply.spaces) == {"look", "colour", "phash"}
    assert 0 < sum(reply.spaces.values()) <= reply.timings["search"] * 1.01
    assert ids(reply)[:20] == expected_order(library, 1, {"look": 0.75, "colour": 0.25})[:20]


def test_one_space_that_is_named(library: CatalogueDouble) -> None:
    reply = search(library).run(SimilarRequest(items=(ItemId(7),), k=10, space="colour"))
    assert reply.space == "colour"
    assert ids(reply) == expected_order(library, 7, {"colour": 1.0})[:10]
    assert [part.space for part in reply.hits[0].parts] == ["colour"]
    bits = search(library).run(SimilarRequest(items=(ItemId(7),), k=59, space="phash"))
    assert len(bits.hits) == 59


def test_the_same_by_id_by_path_and_from_outside(library: CatalogueDouble) -> None:
    by_id = search(library).run(SimilarRequest(items=(ItemId(3),), k=10))
    by_path = search(library).run(SimilarRequest(files=(Path("/library/3.jpg"),), k=10))
    assert ids(by_id) == ids(by_path)
    read: list[Path] = []

    def describe(path: Path) -> FileReading:
        read.append(path)
        return reading_of(path, Kind.PHOTO, library.vectors[3])

    outside = search(library, describe).run(SimilarRequest(files=(OUTSIDE,), k=11))
    assert ids(outside) == [3, *ids(by_id)]
    assert read == [OUTSIDE]
    assert not outside.hits[0].identical


def test_identical_copies_come_first(library: CatalogueDouble) -> None:
    library.add(61, Kind.PHOTO, library.vectors[5], content_hash="c5")
    library.add(62, Kind.PHOTO, nudged(library.vectors[5], 0.001), content_hash="c5")
    reply = search(library).run(SimilarRequest(items=(ItemId(5),), k=3))
    assert ids(reply)[:2] == [61, 62]
    assert [(hit.identical, hit.score) for hit in reply.hits][:2] == [(True, 1.0), (True, 1.0)]
    assert not reply.hits[2].identical
    outside = search(library, lambda path: reading_of(path, Kind.PHOTO, library.vectors[5], "c5"))
    assert ids(outside.run(SimilarRequest(files=(OUTSIDE,), k=3))) == [5, 61, 62]


def test_the_same_picture_at_another_size_comes_next(library: CatalogueDouble) -> None:
    resized = nudged(library.vectors[9], 0.12, 1)
    library.add(70, Kind.PHOTO, {**resized, "phash": library.vectors[9]["phash"]})
    for item in range(71, 75):
        near = nudged(library.vectors[9], 0.06, item)
        library.add(item, Kind.PHOTO, {**near, "phash": np.bitwise_not(library.vectors[9]["phash"])})
    reply = search(library).run(SimilarRequest(items=(ItemId(9),), k=5))
    assert ids(reply)[0] == 70
    assert reply.hits[0].score == 1.0
    assert {part.space: part.weight for part in reply.hits[0].parts} == {"look": 0.0, "colour": 0.0, "phash": 1.0}


def test_k_hits_whatever_is_filtered_or_away(library: CatalogueDouble) -> None:
    for item in range(2, 41):
        library.change(item, state=State.OFFLINE if item % 2 else State.MISSING)
    library.filters["rare"] = list(range(30, 61))
    reply = search(library).run(SimilarRequest(items=(ItemId(1),), k=20))
    assert sorted(ids(reply)) == list(range(41, 61))
    reply = search(library).run(SimilarRequest(items=(ItemId(1),), k=20, query="rare"))
    assert sorted(ids(reply)) == list(range(41, 61))
    library.filters["rare state:(missing,offline)"] = list(range(30, 41))
    reply = search(library).run(SimilarRequest(items=(ItemId(1),), k=20, query="rare state:(missing,offline)"))
    assert sorted(ids(reply)) == list(range(30, 41))


def test_missing_ones_do_not_crowd_out_present_ones(library: CatalogueDouble) -> None:
    for item in range(1000, 1300):
        library.add(item, Kind.PHOTO, nudged(library.vectors[1], 0.001, item), state=State.MISSING)
    reply = search(library).run(SimilarRequest(items=(ItemId(1),), k=5))
    assert len(reply.hits) == 5
    assert max(ids(reply)) <= 60


def test_a_raw_behind_its_photo_can_be_left_out(library: CatalogueDouble) -> None:
    library.add(61, Kind.PHOTO, library.vectors[5], is_companion=True)
    assert ids(search(library).run(SimilarRequest(items=(ItemId(5),), k=3)))[0] == 61
    assert 61 not in ids(search(library).run(SimilarRequest(items=(ItemId(5),), k=60, hide_companions=True)))


def test_minimum_only_cuts(library: CatalogueDouble) -> None:
    every = search(library).run(SimilarRequest(items=(ItemId(1),), k=59))
    middle = every.hits[20].score
    cut = search(library).run(SimilarRequest(items=(ItemId(1),), k=59, minimum=middle))
    assert ids(cut) == ids(every)[: sum(hit.score >= middle for hit in every.hits)]


def test_nothing_close_is_a_label(tmp_path: Path) -> None:
    store = IndexStore(tmp_path, project)
    library = CatalogueDouble(store)
    far = vectors_of(Kind.TRACK, 1)
    library.add(1, Kind.TRACK, {"sound": np.eye(6, dtype=np.float32)[0]})
    library.add(2, Kind.TRACK, {"sound": np.eye(6, dtype=np.float32)[1]})
    reply = search(library).run(SimilarRequest(items=(ItemId(1),)))
    assert [(int(hit.id), hit.close) for hit in reply.hits] == [(2, False)]
    assert reply.notes
    library.add(3, Kind.TRACK, far)
    library.add(4, Kind.TRACK, far)
    reply = search(library).run(SimilarRequest(items=(ItemId(3),)))
    assert all(hit.close == (hit.score >= 0.3) for hit in reply.hits) and {hit.close for hit in reply.hits} == {
        True,
        False,
    }
    assert reply.notes == ()


def test_several_queries_are_one(library: CatalogueDouble) -> None:
    first, second = library.vectors[10], library.vectors[20]
    both = {name: first[name] for name in ("phash",)}
    for name in ("look", "colour"):
        mean = first[name] + second[name]
        both[name] = (mean / np.linalg.norm(mean)).astype(np.float32)
    library.add(80, Kind.PHOTO, both)
    reply = search(library).run(SimilarRequest(items=(ItemId(10), ItemId(20)), files=(Path("/library/20.jpg"),), k=5))
    assert ids(reply)[0] == 80
    assert not {10, 20} & set(ids(reply))
    assert reply.queries == (Path("/library/10.jpg"), Path("/library/20.jpg"))


def test_files_that_cannot_be_read(library: CatalogueDouble) -> None:
    def describe(path: Path) -> FileReading:
        if path.name == "gone.jpg":
            raise UnreadableFileError("There is no such file.")
        if path.name == "bad.jpg":
            return FileReading(path, Kind.PHOTO, 0, 0, None, None, problem="It is empty.")
        return reading_of(path, Kind.PHOTO, library.vectors[3])

    gone, bad, good = (Path("/elsewhere") / name for name in ("gone.jpg", "bad.jpg", "good.jpg"))
    reply = search(library, describe).run(SimilarRequest(files=(gone, bad, good)))
    assert dict(reply.unreadable) == {gone: "There is no such file.", bad: "It is empty."}
    assert reply.queries == (good,)
    with pytest.raises(UnreadableFileError, match=r"no such file.*empty"):
        search(library, describe).run(SimilarRequest(files=(gone, bad)))
    with pytest.raises(UnreadableFileError, match="not in the library"):
        search(library).run(SimilarRequest(files=(good,)))
    with pytest.raises(UnreadableFileError):
        search(library).run(SimilarRequest())


def test_items_without_vectors(library: CatalogueDouble) -> None:
    library.add(90, Kind.PHOTO, {}, state=State.PROBLEM, reason="It is cut off.")
    with pytest.raises(UnreadableFileError, match="cut off"):
        search(library).run(SimilarRequest(items=(ItemId(90),)))
    library.add(91, Kind.PHOTO, {"phash": library.vectors[1]["phash"]})
    with pytest.raises(UnreadableFileError, match="not been described"):
        search(library).run(SimilarRequest(items=(ItemId(91),), space="look"))
    assert 91 not in ids(search(library).run(SimilarRequest(items=(ItemId(1),), k=100)))
    library.add(92, Kind.PHOTO, {"look": library.vectors[1]["look"]})
    reply = search(library).run(SimilarRequest(items=(ItemId(1),), k=100))
    half = next(hit for hit in reply.hits if hit.id == 92)
    assert [(part.space, part.weight) for part in half.parts] == [("look", 1.0)]


@pytest.mark.parametrize(
    ("request_", "error", "sentence"),
    [
        (SimilarRequest(items=(ItemId(1),), k=0), UsageError, "at least 1"),
        (SimilarRequest(items=(ItemId(1),), k=-5), UsageError, "at least 1"),
        (SimilarRequest(items=(ItemId(1),), minimum=1.5), UsageError, "between 0 and 100"),
        (SimilarRequest(items=(ItemId(1),), space="smell"), UsageError, "colour, look, phash, sound"),
        (SimilarRequest(items=(ItemId(1),), space="fingerprint"), UsageError, "Known:"),
        (SimilarRequest(items=(ItemId(1),), space="sound"), UsageError, "compares tracks"),
        (SimilarRequest(items=(ItemId(1), ItemId(101))), KnownError, "one kind"),
        (SimilarRequest(items=(ItemId(999),)), KnownError, "no item 999"),
    ],
)
def test_requests_that_make_no_sense(
    library: CatalogueDouble, request_: SimilarRequest, error: type[KnownError], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        search(library).run(request_)


def test_by_a_vector(library: CatalogueDouble) -> None:
    reply = search(library).run_vector("look", library.vectors[4]["look"] * 7, SimilarRequest(k=3))
    assert ids(reply)[0] == 4
    assert reply.hits[0].score == pytest.approx(1.0, abs=1e-3)
    assert reply.queries == ()
    assert ids(search(library).run_vector("phash", library.vectors[4]["phash"]))[0] == 4
    for wrong in (np.zeros(3), np.full(6, np.nan), np.asarray(["a"] * 6)):
        with pytest.raises(UsageError, match="6 numbers"):
            search(library).run_vector("look", wrong)
    with pytest.raises(UsageError):
        search(library).run_vector("phash", np.zeros(4, np.float32))


@given(seed=st.integers(1000, 9999), k=st.integers(1, 80), low=st.integers(1, 60), high=st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_equals_scoring_everything(
    tmp_path_factory: pytest.TempPathFactory, seed: int, k: int, low: int, high: int
) -> None:
    store = IndexStore(tmp_path_factory.getbasetemp() / "none", project)
    library = CatalogueDouble(store)
    for item in range(1, 61):
        library.add(item, Kind.PHOTO, vectors_of(Kind.PHOTO, seed + item))
    library.filters["between"] = list(range(low, high))
    query = vectors_of(Kind.PHOTO, seed)
    finder = search(library, lambda path: reading_of(path, Kind.PHOTO, query))
    reply = finder.run(SimilarRequest(files=(OUTSIDE,), k=k, query="between", space="look"))
    scores = {item: float(query["look"] @ library.vectors[item]["look"]) for item in range(low, high)}
    assert len(reply.hits) == min(k, len(scores))
    expected = sorted(scores.values(), reverse=True)[:k]
    np.testing.assert_allclose([hit.score for hit in reply.hits], expected, atol=2e-3)
    store.close()
