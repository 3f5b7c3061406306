"""Exported collections come back: everything that was said of items, their playlists and vectors."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fixtures.filled_catalog import PHOTOS, TRACKS, fill, said
from fixtures.readings import photo, track
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop_app.domain.collection import Merged
from desktop_app.domain.kinds import State
from desktop_app.engine.catalog import Catalog
from desktop_app.engine.catalog.collection_files import CollectionFile
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.catalog.merging import read_collection
from desktop_app.engine.collection import resembling
from desktop_app.errors import KnownError, UnreadableFileError, UsageError

SPACES = {"look": 1, "phash": 1}
FORMS = ("parquet", "json")


def merged(catalog: Catalog, path: Path) -> Merged:
    """Read and add."""
    collection = read_collection(path, lambda _rows: None)
    return catalog.merge(collection, resembling(catalog, collection))[0]


@contextmanager
def opened(folder: Path, name: str) -> Iterator[Catalog]:
    with Catalog.open(folder / name / "catalog.duckdb") as catalog:
        yield catalog


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).map(str.strip).filter(bool)


@st.composite
def collections(draw: st.DrawFn) -> dict[str, object]:
    """Ratings, tags and playlists over eight items."""
    items = st.integers(0, 7)
    names = st.lists(NAMES, max_size=4, unique_by=lambda name: name.lower())
    return {
        "ratings": draw(st.dictionaries(items, st.integers(1, 5))),
        "tags": draw(st.dictionaries(items, st.lists(NAMES, max_size=3))),
        "playlists": {name: draw(st.lists(items, max_size=6)) for name in draw(names)},
    }


def _items(catalog: Catalog, folder: Path) -> list[int]:
    root = catalog.add_root(folder / "Pictures")
    writes = [ItemWrite(None, root.id, f"a b/é{n}.jpg", photo(f"c{n % 6}")) for n in range(6)]  # two pairs of copies
    writes += [ItemWrite(None, root.id, f"copy {n}.jpg", photo(f"c{n}")) for n in range(2)]
    return [int(each) for each in catalog.upsert_readings(writes)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(collections(), st.sampled_from(FORMS))
def test_everything_said_comes_back(collection: dict[str, dict[object, object]], form: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with opened(folder, "one") as one:
            ids = _items(one, folder)
            for item, stars in collection["ratings"].items():
                one.log.rate([ids[item]], stars)
            for item, tags in collection["tags"].items():
                one.log.tag([ids[item]], tags, [])
            for title, items in collection["playlists"].items():
                one.save_playlist(title, [ids[item] for item in items])
            vectors = np.linspace(0, 1, 6 * 8, dtype=np.float32).reshape(6, 8).astype(np.float16).astype(np.float32)
            one.put_vectors("look", 1, [f"p:c{n}" for n in range(6)], vectors)
            one.put_vectors("phash", 1, ["p:c1"], np.array([[0, 7, 255]], np.uint8))
            assert one.export(folder / f"all.{form}", SPACES) == 8
            before = said(one)
        with opened(folder, "two") as two:
            _items(two, folder)
            result = merged(two, folder / f"all.{form}")
            assert (result.items, result.unknown, result.vectors) == (8, 0, 7)
            assert said(two) == before
            assert np.array_equal(two.vectors("look", 1, [f"p:c{n}" for n in range(6)])[1], vectors)
            assert two.vectors("phash", 1, ["p:c1"])[1].tolist() == [[0, 7, 255]]
            assert merged(two, folder / f"all.{form}") == Merged(8, 0)  # a second time there is nothing new
            if result.change:
                two.log.undo(two.log.last())
                assert said(two) == {"rated": {}, "tags": {}, "playlists": {}}


def test_only_vectors_that_are_lacking_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of a million photos take minutes."""
    asked, read = list[set[str]](), CollectionFile.vectors

    def reading(self: CollectionFile, space: str, wanted: set[str]) -> Iterator[tuple[list[str], list[list[float]]]]:
        asked.append(wanted)
        return read(self, space, wanted)

    monkeypatch.setattr(CollectionFile, "vectors", reading)
    every = np.eye(6, dtype=np.float32)
    with opened(tmp_path, "one") as one:
        _items(one, tmp_path)
        one.put_vectors("look", 1, [f"p:c{n}" for n in range(6)], every)
        one.export(tmp_path / "all.parquet", SPACES)
    with opened(tmp_path, "two") as two:
        _items(two, tmp_path)
        two.put_vectors("look", 1, ["p:c1", "p:c2", "p:c3", "p:c4"], every[1:5])
        assert merged(two, tmp_path / "all.parquet").vectors == 2
        assert merged(two, tmp_path / "all.parquet").vectors == 0
        assert asked == [{"p:c0", "p:c5"}, set()]
        assert np.array_equal(two.vectors("look", 1, [f"p:c{n}" for n in range(6)])[1], every)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """A collection of the filled catalogue, in a folder that is elsewhere now."""
    with opened(tmp_path, "one") as catalog:
        fill(catalog, tmp_path / "Pictures")
        catalog.export(tmp_path / "all.json", SPACES)
        catalog.export(tmp_path / "all.parquet", SPACES)
    return tmp_path / "all.json"


@pytest.mark.parametrize("form", FORMS)
def test_files_that_moved_are_known_by_their_content(exported: Path, tmp_path: Path, form: str) -> None:
    with opened(tmp_path, "two") as catalog:
        root = catalog.add_root(tmp_path / "Elsewhere")
        catalog.upsert_readings(
            [
                ItemWrite(None, root.id, "moved.jpg", photo("p0")),
                ItemWrite(None, root.id, "retagged.mp3", track("other bytes", payload="p:t0")),
                ItemWrite(None, root.id, "stranger.jpg", photo("stranger")),
            ]
        )
        result = merged(catalog, exported.with_suffix(f".{form}"))
        assert (result.items, result.unknown) == (2, PHOTOS + TRACKS - 2)
        assert said(catalog) == {
            "rated": {str(tmp_path / "Elsewhere" / "moved.jpg"): 4},
            "tags": {
                str(tmp_path / "Elsewhere" / "moved.jpg"): ("Sea",),
                str(tmp_path / "Elsewhere" / "retagged.mp3"): ("Loud",),
            },
            "playlists": {"Empty": [], "Long drive": [str(tmp_path / "Elsewhere" / "retagged.mp3")]},
        }


@pytest.mark.parametrize("retagged", [False, True])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Music/Best/1.mp3 Music/Album/1.mp3 Music/1.mp3", "1.mp3 Album/1.mp3 Best/1.mp3"),
        ("Best/CD/1.mp3 Album/CD/1.mp3", "Album/CD/1.mp3 Best/CD/1.mp3"),
        ("Best/1.mp3 Album/1.mp3", "Musik/Album/1.mp3 Musik/Best/1.mp3"),
        ("Best/7.mp3 Album/1.mp3", "Sorted/1.mp3 Sorted/7.mp3"),
    ],
    ids=["below the root", "folders of one name", "another root", "other folders"],
)
def test_of_several_copies_each_gets_what_was_said_of_it_on_the_other_computer(
    tmp_path: Path, before: str, after: str, retagged: bool
) -> None:
    """The first was rated there; here they were found in the opposite order, in a folder that lies elsewhere."""
    with opened(tmp_path, "one") as one:
        root = one.add_root(tmp_path / "old")
        ids = one.upsert_readings([ItemWrite(None, root.id, each, track("song")) for each in before.split()])
        one.log.rate(ids[:1], 5)
        one.export(tmp_path / "all.json", {})
    with opened(tmp_path, "two") as two:
        root, places = two.add_root(tmp_path / "new"), after.split()
        found = track("other bytes", payload="p:song") if retagged else track("song")
        two.upsert_readings([ItemWrite(None, root.id, each, found) for each in places])
        assert merged(two, tmp_path / "all.json").items == len(places)
        assert said(two)["rated"] == {str(tmp_path / "new" / places[-1]): 5}


def test_a_copy_that_is_there_gets_it_before_one_that_is_missing(exported: Path, tmp_path: Path) -> None:
    with opened(tmp_path, "two") as catalog:
        root = catalog.add_root(tmp_path / "Elsewhere")
        names = ("gone.jpg", "there.jpg")
        ids = catalog.upsert_readings([ItemWrite(None, root.id, name, photo("p0")) for name in names])
        catalog.set_states(ids[:1], State.MISSING)
        merged(catalog, exported)
        assert said(catalog)["rated"] == {str(tmp_path / "Elsewhere" / "there.jpg"): 4}


def test_what_is_there_is_never_taken_away(exported: Path, tmp_path: Path) -> None:
    with opened(tmp_path, "two") as catalog:
        fill(catalog, tmp_path / "Pictures")
        catalog.log.rate([3], 5)
        catalog.log.rate([1], 2)
        catalog.log.tag([1], ["Own"], ["Sea"])
        catalog.save_playlist("Long drive", [9])
        result = merged(catalog, exported)
        assert (result.ratings, result.tags, result.playlists, result.renamed) == (1, 1, 1, ("Long drive 2",))
        now = said(catalog)
        assert now["rated"][str(tmp_path / "Pictures/p2.jpg")] == 5
        assert now["rated"][str(tmp_path / "Pictures/p0.jpg")] == 4
        assert now["tags"][str(tmp_path / "Pictures/p0.jpg")] == ("Own", "Sea")
        assert len(now["playlists"]["Long drive"]) == 1 and len(now["playlists"]["Long drive 2"]) == 3


GOOD = {"path": "/x/a.jpg", "content_hash": "p0", "rating": 3, "tags": ["x"]}
HOSTILE = {
    "garbage.json": b"\x00\xff garbage",
    "number.json": b"42",
    "object.json": b'{"items": []}',
    "strings.json": b'["a", "b"]',
    "deep.json": b"[" * 100_000,
    "cut.json": b'[\n{"path": "/x", "rating": 3},\n{"path": "/y", "ra',
    "unended.json": b'[\n{"path": "/x", "rating": 3},\n',
    "rating.json": json.dumps([{**GOOD, "rating": 6}]).encode(),
    "negative.json": json.dumps([{**GOOD, "rating": -1}]).encode(),
    "words.json": json.dumps([{**GOOD, "rating": "many"}]).encode(),
    "tags.json": json.dumps([{**GOOD, "tags": "x"}]).encode(),
    "tag.json": json.dumps([{**GOOD, "tags": [{"drop": "table"}]}]).encode(),
    "long.json": json.dumps([{**GOOD, "tags": ["x" * 20_000]}]).encode(),
    "many.json": json.dumps([{**GOOD, "tags": ["x"] * 20_000}]).encode(),
    "playlist.json": json.dumps([{**GOOD, "playlists": [{"name": "x"}]}]).encode(),
    "position.json": json.dumps([{**GOOD, "playlists": [{"name": "x", "position": 2**70}]}]).encode(),
    "strangers.json": json.dumps([{"a": 1}, GOOD]).encode(),
    "record.json": json.dumps([{"collection": {"spaces": {"look": 3}}, **GOOD}]).encode(),
    "newer.json": json.dumps([{"collection": {"format": 99}, **GOOD}]).encode(),
    "garbage.parquet": b"PAR1 garbage PAR1",
    "empty.parquet": b"",
    "empty.json": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_change_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    with opened(tmp_path, "two") as catalog:
        fill(catalog, tmp_path / "Pictures")
        before, sequence = said(catalog), catalog.sequence
        with pytest.raises(UnreadableFileError, match=rf"{name}|newer Akin") as caught:
            merged(catalog, path)
        assert caught.value.exit_code == 3 and "\n" not in str(caught.value)
        assert (said(catalog), catalog.sequence) == (before, sequence)


@pytest.mark.parametrize(
    "vector", [["a", "b"], [1.0], [float("nan")] * 8, [1e300] * 8, [[1.0]] * 8, "12345678"], ids=str
)
def test_vectors_that_are_none_change_nothing(tmp_path: Path, vector: object) -> None:
    record = {"format": 1, "spaces": {"look": {"version": 7, "dtype": "f2", "dim": 8}}, "playlists": []}
    row = {"collection": record, **GOOD, "payload_hash": "p:p0", "vector_look": vector}
    (tmp_path / "x.json").write_text(json.dumps([row]))
    with opened(tmp_path, "two") as catalog:
        fill(catalog, tmp_path / "Pictures")
        before = said(catalog)
        with pytest.raises(UnreadableFileError):
            merged(catalog, tmp_path / "x.json")
        assert said(catalog) == before
        assert catalog.stored_spaces() == [("look", 1, PHOTOS)]


def test_names_of_spaces_are_no_sql(tmp_path: Path) -> None:
    record = {"format": 1, "spaces": {'x"; DROP TABLE item; --': {"version": 1, "dtype": "f2", "dim": 1}}}
    (tmp_path / "x.json").write_text(json.dumps([{"collection": record, **GOOD}]))
    with opened(tmp_path, "two") as catalog:
        fill(catalog, tmp_path / "Pictures")
        with pytest.raises(UnreadableFileError):
            merged(catalog, tmp_path / "x.json")
        assert catalog.counts().items == PHOTOS + TRACKS


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"a": [1, 2]}),
        pa.table({"path": [1, 2]}),
        pa.table({"path": ["/x"], "rating": ["five"]}),
        pa.table({"path": ["/x"], "tags": [1]}),
        pa.table({"path": ["/x"], "rating": [3]}).replace_schema_metadata({"akin": "{"}),
    ],
    ids=["columns", "numbers", "words", "tags", "record"],
)
def test_other_tables_change_nothing(tmp_path: Path, table: pa.Table) -> None:
    pq.write_table(table, tmp_path / "x.parquet")
    with opened(tmp_path, "two") as catalog, pytest.raises(UnreadableFileError, match=r"x\.parquet"):
        merged(catalog, tmp_path / "x.parquet")


def test_a_list_that_another_program_wrote(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([{**GOOD, "content_hash": "p3"}], indent=2))
    with opened(tmp_path, "two") as catalog:
        fill(catalog, tmp_path / "Pictures")
        result = merged(catalog, tmp_path / "x.json")
        assert (result.items, result.ratings, result.tags) == (1, 1, 1)


def test_nothing_in_it(tmp_path: Path) -> None:
    with opened(tmp_path, "two") as catalog:
        for form in FORMS:
            catalog.export(tmp_path / f"none.{form}", SPACES)
            assert merged(catalog, tmp_path / f"none.{form}") == Merged(0, 0)


def test_other_endings(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_collection(tmp_path / "x.csv", lambda _rows: None)
    with pytest.raises(KnownError, match="can't be read"):
        read_collection(tmp_path / "x.json", lambda _rows: None)


def test_what_followed_a_copy_and_is_imported_stays_where_it_is(tmp_path: Path) -> None:
    with opened(tmp_path, "one") as one:
        rated, tagged, listed, untouched, *_ = _items(one, tmp_path)
        one.log.rate([rated], 4)
        one.log.tag([tagged], ["sea"], [])
        one.save_playlist("List", [listed])
        one.export(tmp_path / "all.json", SPACES)
    with opened(tmp_path, "two") as two:
        _items(two, tmp_path)
        for item in (rated, tagged, listed, untouched):
            two.database.run("INSERT INTO followed_copy VALUES (?, 1, 'elsewhere.jpg', 0)", [item])
        merged(two, tmp_path / "all.json")
        assert two.database.rows("SELECT item_id FROM followed_copy") == [(untouched,)]
