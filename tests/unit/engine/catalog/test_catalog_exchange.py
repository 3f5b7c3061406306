"""Export for other programs, and the checks of the doctor."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fixtures.readings import photo, problem, track

from desktop_app.domain.metadata import TrackAnalysis
from desktop_app.engine.catalog.checks import readable
from desktop_app.engine.catalog.exchange import export_tables
from desktop_app.engine.catalog.repairing import repair
from desktop_app.errors import KnownError, UsageError

SPACES = {"look": 1, "sound": 1, "phash": 1}


@pytest.fixture
def ids(catalog, put):
    """A photo and a track with vectors, and a problem."""
    found = put(
        {
            "a.jpg": photo("a", taken="2024-06-12T18:41:05", keywords=("x", "B"), rating=2),
            "b.mp3": track("b", analysis=TrackAnalysis(120.0, 1.0, "A", "minor", 1.0), artist="Can"),
            b"\xff.jpg".decode("utf-8", "surrogateescape"): problem(),
        }
    )
    catalog.put_vectors("look", 1, ["p:a"], np.full((1, 4), 0.5, np.float32))
    catalog.put_vectors("phash", 1, ["p:a"], np.full((1, 2), 9, np.uint8))
    return found


def test_parquet(catalog, root, ids, tmp_path):
    path = tmp_path / "out" / "all.parquet"
    assert catalog.export(path, SPACES) == 3
    rows = pq.read_table(path).to_pylist()
    assert [row["id"] for row in rows] == ids
    assert rows[0]["path"] == (root.path / "a.jpg").as_posix()
    assert (rows[0]["tags"], rows[0]["rating"], rows[0]["vector_look"]) == (["B", "x"], 2, [0.5] * 4)
    assert rows[0]["vector_phash"] == [9.0, 9.0]
    assert rows[0]["vector_sound"] is None
    assert (rows[1]["artist"], rows[1]["tempo"], rows[1]["vector_look"]) == ("Can", 120.0, None)
    assert (rows[2]["state"], rows[2]["reason"]) == ("problem", "The file is empty.")
    assert [entry.name for entry in path.parent.iterdir()] == ["all.parquet"]


def test_json(catalog, ids, tmp_path):
    path = tmp_path / "all.json"
    assert catalog.export(path, SPACES) == 3
    rows = json.loads(path.read_text(encoding="utf-8"))
    assert [row["id"] for row in rows] == ids
    assert rows[0]["vector_look"] == [0.5] * 4
    assert rows[0]["taken"].startswith("2024-06-12")


def test_chunks_have_one_schema(catalog, ids):
    tables = list(export_tables(catalog._database, SPACES, chunk=1))
    assert [table.num_rows for table in tables] == [1, 1, 1]
    assert len({str(table.schema.types) for table in tables}) == 1


def test_empty_library(catalog, tmp_path):
    assert catalog.export(tmp_path / "none.parquet", SPACES) == 0
    assert catalog.export(tmp_path / "none.json", SPACES) == 0
    assert json.loads((tmp_path / "none.json").read_text()) == []
    assert "vector_look" in pq.read_table(tmp_path / "none.parquet").column_names


def test_failed_export_leaves_nothing(catalog, ids, tmp_path, monkeypatch):
    with pytest.raises(UsageError):
        catalog.export(tmp_path / "all.csv", SPACES)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("desktop_app.engine.catalog.exchange._write_json", full)
    before = set(tmp_path.iterdir())
    with pytest.raises(OSError, match="No space left"):  # of the export's disk: it need not be that of the library
        catalog.export(tmp_path / "all.json", SPACES)
    assert set(tmp_path.iterdir()) == before


def test_sound_catalogue(catalog, ids):
    assert all(finding.ok for finding in catalog.check())
    assert {finding.name for finding in catalog.check()} >= {"places", "tags", "vectors look"}
    assert readable(catalog._database) is None


def test_two_versions_of_a_space_are_told_apart(catalog, ids):
    catalog.put_vectors("look", 2, ["p:x"], np.ones((1, 8), np.float32))
    names = [finding.name for finding in catalog.check() if finding.name.startswith("vectors look")]
    assert names == ["vectors look, version 1", "vectors look, version 2"]


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("INSERT INTO item SELECT * FROM item WHERE id = 1", "item ids"),
        ("UPDATE item SET relpath = 'a.jpg'", "places"),
        ("DELETE FROM root", "roots"),
        ("INSERT INTO tag VALUES (99, 'x', 'x')", "tags"),
        ("INSERT INTO playlist_entry VALUES (1, 0, 1)", "playlists"),
        ("INSERT INTO payload SELECT 9, hash FROM payload", "payloads"),
        ("UPDATE counter SET value = 0 WHERE name = 'item'", "counters"),
        ("UPDATE item SET companion_of = 99 WHERE id = 1", "companions"),
        ("UPDATE item SET state = 'odd' WHERE id = 1", "states"),
        ("UPDATE vector_look_1 SET data = 'x'::BLOB", "vectors look"),
    ],
)
def test_faults_are_found(catalog, ids, statement, name):
    with catalog.transaction():
        catalog._database.run(statement)
    assert name in [finding.name for finding in catalog.check() if not finding.ok]


@pytest.mark.parametrize("counter", ["root", "item", "payload", "playlist", "edit"])
@pytest.mark.parametrize("fault", ["UPDATE counter SET value = 0", "DELETE FROM counter"])
def test_no_id_is_given_twice_after_a_repair(catalog, ids, counter, fault):
    """Also none of what undo would bring back."""
    catalog.save_playlist("One", ids)
    catalog.log.remove(ids)
    given = dict(catalog._database.rows("SELECT name, value FROM counter"))
    with catalog.transaction():
        catalog._database.run(f"{fault} WHERE name = ?", [counter])
    (found,) = [finding for finding in catalog.check() if not finding.ok]
    assert (found.name, found.faults) == ("counters", 1)
    assert repair(catalog._database, "counters")
    assert all(finding.ok for finding in catalog.check())
    with catalog.transaction():
        assert catalog._database.take_ids(counter, 1) == given[counter] + 1


@pytest.mark.parametrize("ending", ["json", "parquet"])
def test_an_export_replaces_nothing_but_an_export(catalog, ids, tmp_path, ending):
    target = tmp_path / f"all.{ending}"
    pq.write_table(pa.table({"path": ["/a"]}), tmp_path / "other.parquet")
    foreign = [b"", b"a diary", b"{}", b'[{"path": "/a.jpg"}]', b"[\n1\n]", (tmp_path / "other.parquet").read_bytes()]
    for content in foreign:
        target.write_bytes(content)
        with pytest.raises(KnownError, match="another file"):
            catalog.export(target, SPACES)
        assert target.read_bytes() == content
    target.unlink()
    for _again in range(2):
        assert catalog.export(target, SPACES) == 3
    catalog.remove_items(ids)
    for _again in range(2):
        assert catalog.export(target, SPACES) == 0
