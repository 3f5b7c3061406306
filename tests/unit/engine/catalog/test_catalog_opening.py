"""Opening: created, migrated after a copy, refused with a sentence, reopened; readers beside a writer."""

import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest
from fixtures.readings import photo

from desktop_app.domain.ids import SEQUENCE_BITS
from desktop_app.engine.catalog import Catalog, migrations, replacing
from desktop_app.engine.catalog.connection import Database
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.errors import (
    BugError,
    LibraryUnavailableError,
    StorageFullError,
)


def _write(catalog: Catalog, root_id: int, name: str) -> None:
    catalog.upsert_readings([ItemWrite(None, root_id, name, photo(name))])


def test_everything_is_there_again(tmp_path):
    path = tmp_path / "deep" / "er" / "catalog.duckdb"
    with Catalog.open(path) as catalog:
        root = catalog.add_root(tmp_path)
        _write(catalog, root.id, "a.jpg")
        sequence = catalog.sequence
    with Catalog.open(path) as catalog:
        assert catalog.sequence == sequence
        assert catalog.counts().photos == 1
        assert catalog.rows([1])[0].path == tmp_path / "a.jpg"
    assert not (path.parent / "backups").exists()


def test_a_new_one_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    """As after a kill while it is made, at any point of it."""
    path = tmp_path / "catalog.duckdb"

    def killed(*_words: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(migrations, "migrate", killed)
        Catalog.open(path)
    assert not path.exists()
    (tmp_path / "catalog.duckdb.making").write_bytes(b"\0" * 5000)
    (tmp_path / "catalog.duckdb.making.wal").write_bytes(b"WAL")
    with Catalog.open(path) as catalog:
        assert catalog.counts().photos == 0
    assert sorted(each.name for each in tmp_path.glob("catalog.*") if ".making" in each.name) == []


def test_a_link_whose_drive_is_not_there_stays(tmp_path):
    away = tmp_path / "drive" / "catalog.duckdb"
    link = tmp_path / "catalog.duckdb"
    try:
        link.symlink_to(away)
    except OSError:
        pytest.skip("no links here")
    with pytest.raises(LibraryUnavailableError, match="Plug in its drive"):
        Catalog.open(link)
    assert link.is_symlink() and not away.exists()


def test_second_opening_is_refused(tmp_path, catalog):
    with pytest.raises(LibraryUnavailableError, match="already open"):
        Catalog.open(tmp_path / "catalog.duckdb")


def test_other_process_is_refused_with_a_sentence(tmp_path, catalog):
    program = (
        "import sys\nfrom pathlib import Path\nfrom desktop_app.engine.catalog import Catalog\n"
        "from desktop_app.errors import LibraryUnavailableError\n"
        "try:\n    Catalog.open(Path(sys.argv[1]))\nexcept LibraryUnavailableError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "catalog.duckdb")], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Akin is already open")
    assert done.stderr == ""


@pytest.mark.parametrize("damage", ["garbage", "flipped", "short"])
def test_damaged_file_is_refused_and_left_alone(tmp_path, damage):
    path = tmp_path / "catalog.duckdb"
    Catalog.open(path).close()
    content = bytearray(path.read_bytes())
    if damage == "garbage":
        content = bytearray(b"garbage" * 1000)
    elif damage == "flipped":
        content[200] ^= 255
    else:
        del content[9000:]
    path.write_bytes(content)
    with pytest.raises(LibraryUnavailableError, match=r"catalog\.duckdb"):
        Catalog.open(path)
    assert path.read_bytes() == content
    aside = replacing.set_aside(path, tmp_path / "backups")
    assert aside.read_bytes() == content
    Catalog.open(path).close()


def test_log_goes_aside_with_its_file(tmp_path):
    path, log = tmp_path / "catalog.duckdb", tmp_path / "catalog.duckdb.wal"
    path.write_bytes(b"x")
    log.write_bytes(b"y")
    aside = replacing.set_aside(path, tmp_path / "backups")
    assert aside.with_name(aside.name + ".wal").read_bytes() == b"y"
    assert not log.exists()


def test_newer_library_is_refused_and_untouched(tmp_path):
    path = tmp_path / "catalog.duckdb"
    with Catalog.open(path) as catalog, catalog.transaction():
        catalog._database.run("INSERT INTO schema_version VALUES (999, 0)")
    before = path.read_bytes()
    with pytest.raises(LibraryUnavailableError, match="newer Akin"):
        Catalog.open(path)
    assert path.read_bytes() == before


def test_foreign_database_is_refused(tmp_path):
    path = tmp_path / "catalog.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE other (x INTEGER)")
    with pytest.raises(LibraryUnavailableError, match="another program"):
        Catalog.open(path)


NEXT = migrations.steps()[-1][0] + 1


def _open_with(path: Path, steps: list[migrations.Step], keep: migrations.Keep = lambda _older: None) -> Database:
    return migrations.open_current(path, keep, lambda: Database(path), steps)


def test_older_library_is_kept_and_migrated(tmp_path):
    path, kept = tmp_path / "catalog.duckdb", []
    Catalog.open(path).close()
    steps = [*migrations.steps(), (NEXT, "ALTER TABLE root ADD COLUMN note VARCHAR; UPDATE root SET note = 'x'")]

    def keep(older: Database) -> None:
        kept.append(migrations.schema_version(older))

    database = _open_with(path, steps, keep)
    assert migrations.schema_version(database) == NEXT
    database.close()
    _open_with(path, steps, keep).close()
    assert kept == [NEXT - 1]


def test_failed_migration_changes_nothing(tmp_path):
    path = tmp_path / "catalog.duckdb"
    Catalog.open(path).close()
    with pytest.raises(duckdb.Error):
        _open_with(path, [*migrations.steps(), (NEXT, "CREATE TABLE extra (x BIGINT); SELECT nonsense")])
    with Catalog.open(path) as catalog:
        assert migrations.schema_version(catalog._database) == NEXT - 1
        assert catalog._database.value("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'extra'") == 0


def test_migration_waits_for_its_backup(tmp_path):
    path = tmp_path / "catalog.duckdb"
    Catalog.open(path).close()

    def no_room(_older: Database) -> None:
        raise StorageFullError("The disk is full.")

    with pytest.raises(StorageFullError):
        _open_with(path, [*migrations.steps(), (NEXT, "SELECT 1")], no_room)
    with Catalog.open(path) as catalog:
        assert migrations.schema_version(catalog._database) == NEXT - 1


def test_steps_are_numbered_without_gaps():
    assert [number for number, _ in migrations.steps()] == list(range(1, len(migrations.steps()) + 1))


def test_readers_see_what_is_committed_and_never_wait(catalog, root):
    reader = catalog.reader()
    seen: list[int] = []
    with catalog.transaction():
        _write(catalog, root.id, "a.jpg")
        thread = threading.Thread(target=lambda: seen.append(reader.counts().photos))
        thread.start()
        thread.join(10)
        assert seen == [0]
        assert catalog.counts().photos == 1
    assert reader.counts().photos == 1


def test_many_readers_beside_a_writer(catalog, root):
    reader, failures, stop = catalog.reader(), [], threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                ids = reader.matching_ids("kind:photo")
                assert ids is not None
                assert len(reader.rows(ids)) == len(ids)
                assert reader.tree().photos >= len(ids)
        except Exception as error:  # noqa: BLE001 - told to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(8):
        _write(catalog, root.id, f"{number}.jpg")
    stop.set()
    for thread in threads:
        thread.join(20)
    assert failures == []
    assert reader.counts().photos == 8


def test_closing(tmp_path):
    catalog = Catalog.open(tmp_path / "catalog.duckdb")
    reader = catalog.reader()
    before = reader.sequence
    root = catalog.add_root(tmp_path)
    assert reader.sequence == before + 1
    _write(catalog, root.id, "a.jpg")
    assert reader.counts().photos == 1
    catalog.checkpoint()
    catalog.close()
    catalog.close()
    with pytest.raises(LibraryUnavailableError, match="closed"):
        threading_result(lambda: reader.sequence)


def threading_result(call):
    """The call's result, or its error, from a thread of its own."""
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(call())
        except LibraryUnavailableError as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]


def test_nothing_outside_the_file_is_reached(catalog, tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with pytest.raises(duckdb.Error):
        catalog._database.rows("SELECT * FROM read_csv(?)", [str(tmp_path / "secret.csv")])
    with pytest.raises(duckdb.Error):
        catalog._database.run("INSTALL httpfs")


def test_query_without_a_row_is_a_bug(catalog):
    with pytest.raises(BugError):
        catalog._database.value("SELECT 1 WHERE false")


def test_sequences_of_two_libraries_have_nothing_in_common(tmp_path):
    """By them an index of another library is told."""
    starts = set()
    for number in range(3):
        with Catalog.open(tmp_path / f"{number}.duckdb") as catalog:
            starts.add(catalog.sequence >> SEQUENCE_BITS)
    assert len(starts) > 1
