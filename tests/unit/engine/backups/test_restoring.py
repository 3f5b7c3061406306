"""A backup is made of one moment, checked, and brings everything back, or nothing is changed."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fixtures.filled_catalog import PHOTOS, TRACKS, fill, said
from fixtures.readings import photo

from desktop_app.domain.backups import Backup, Reason
from desktop_app.domain.ids import SEQUENCE_BITS
from desktop_app.engine.backups import archive, restoring
from desktop_app.engine.backups.archive import Archive
from desktop_app.engine.backups.keeping import backups_in
from desktop_app.engine.backups.making import StoppedError, make_backup
from desktop_app.engine.catalog import Catalog, copying, migrations, replacing
from desktop_app.engine.catalog.checks import readable
from desktop_app.engine.catalog.connection import Database
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.library import Library
from desktop_app.errors import (
    KnownError,
    LibraryDamagedError,
    LibraryLockedError,
    StorageFullError,
    UnreadableFileError,
)
from desktop_app.paths import Profile
from desktop_app.settings import Settings


@pytest.fixture
def backup(filled: Catalog, profile: Profile, tmp_path: Path) -> Backup:
    """Of the filled catalogue, which is closed then."""
    Settings(workers=3).save(profile.settings_path)
    made = make_backup(filled.database, tmp_path / "b.zip", reason=Reason.ASKED, settings=profile.settings_path)
    filled.close()
    return made


def opened(profile: Profile) -> dict[str, object]:
    """What people made, as the catalogue has it."""
    with Catalog.open(profile.catalog_path) as catalog:
        assert all(finding.ok for finding in catalog.check())
        return said(catalog)


def test_says_what_is_in_it(backup: Backup) -> None:
    assert (backup.items, backup.ratings, backup.tags, backup.playlists) == (PHOTOS + TRACKS, 2, 3, 2)
    assert (backup.tag_names, backup.tagged) == (2, 3)
    assert backup.bytes == backup.path.stat().st_size and not backup.full
    names = zipfile.ZipFile(backup.path).namelist()
    assert "tables/item.parquet" in names and not [name for name in names if "vector" in name]
    assert backup.path.stat().st_mode & 0o077 == 0 or backup.path.drive


def test_everything_comes_back(backup: Backup, profile: Profile) -> None:
    before = opened(profile)
    (profile.index_dir / "look-1").mkdir(parents=True)
    with Catalog.open(profile.catalog_path) as catalog:
        catalog.log.rate([1, 2, 3], 1)
        catalog.log.tag([1], [], ["Sea"])
        for info in catalog.playlists():
            catalog.delete_playlist(info.id)
    Settings(workers=9).save(profile.settings_path)
    changed = opened(profile)
    restored = restoring.restore(profile, backup.path)
    assert opened(profile) == before != changed
    assert not list(profile.index_dir.iterdir())
    assert Settings.load(profile.settings_path).workers == 3
    assert profile.catalog_path.stat().st_mode & 0o077 == 0 or profile.catalog_path.drive
    assert restored.previous is not None and not restored.was_damaged
    restoring.restore(profile, restored.previous)
    assert opened(profile) == changed
    assert Settings.load(profile.settings_path).workers == 9


def test_vectors_of_the_present_library_come_along(backup: Backup, profile: Profile, tmp_path: Path) -> None:
    with Catalog.open(profile.catalog_path) as catalog:
        (late,) = catalog.upsert_readings([ItemWrite(None, 1, "late.jpg", photo("late"))])
        catalog.put_vectors("look", 1, ["p:late"], np.full((1, 8), 0.25, np.float32))
        sequence = catalog.sequence
    restoring.restore(profile, backup.path)
    with Catalog.open(profile.catalog_path) as catalog:
        assert catalog.vector_count("look", 1) == PHOTOS
        assert catalog.vectors("look", 1, ["p:late", "p:p0"])[0] == ["p:late", "p:p0"]
        assert catalog.sequence >> SEQUENCE_BITS != sequence >> SEQUENCE_BITS  # no index is taken for this one's
        again = catalog.upsert_readings([ItemWrite(None, 1, "new.jpg", photo("new"))])
        assert again[0] > late  # an id that the lost item had is not given again


def test_full_backups_need_nothing_else(filled: Catalog, profile: Profile, tmp_path: Path) -> None:
    made = make_backup(filled.database, tmp_path / "full.zip", reason=Reason.ASKED, full=True)
    before = said(filled)
    filled.close()
    other = Profile.at(tmp_path / "other")
    restoring.restore(other, made.path)
    with Catalog.open(other.catalog_path) as catalog:
        assert said(catalog) == before
        ids, matrix = catalog.vectors_of_items("look", 1, [1, 2])
        assert ids.tolist() == [1, 2] and np.array_equal(matrix, np.eye(PHOTOS, 8, dtype=np.float32)[:2])


def test_double_payloads_of_the_present_library_do_not_come_along(backup: Backup, profile: Profile) -> None:
    """A fault that the doctor mends: the restored library has each once."""
    with Catalog.open(profile.catalog_path) as catalog:
        catalog.database.run("INSERT INTO payload SELECT id + 100, hash FROM payload WHERE id <= 2")
        catalog.database.run(
            "INSERT INTO vector_look_1 SELECT payload_id + 100, data FROM vector_look_1 WHERE payload_id <= 2"
        )
        catalog.database.run("INSERT INTO payload VALUES (201, 'p:new'), (202, 'p:new')")
    restoring.restore(profile, backup.path)
    with Catalog.open(profile.catalog_path) as catalog:
        assert all(finding.ok for finding in catalog.check())
        assert catalog.stored_spaces() == [("look", 1, PHOTOS)]


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:12288:64] = b"\xff" * len(content[4096:12288:64])
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [_flip, lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"no")])
def test_a_damaged_library_is_set_aside(backup: Backup, profile: Profile, damage: Callable[[Path], object]) -> None:
    before = opened(profile)
    damage(profile.catalog_path)
    content = profile.catalog_path.read_bytes()
    (profile.index_dir / "look-1").mkdir()
    restored = restoring.restore(profile, backup.path)
    assert restored.was_damaged and restored.previous is not None
    assert restored.previous.read_bytes() == content
    assert opened(profile) == before
    assert not list(profile.index_dir.iterdir())  # whose ids they were can't be known


def test_a_lost_library_comes_back(backup: Backup, profile: Profile) -> None:
    before = opened(profile)
    profile.catalog_path.unlink()
    assert restoring.restore(profile, backup.path).previous is None
    assert opened(profile) == before


def test_a_lost_library_is_never_replaced_by_an_empty_one(backup: Backup, profile: Profile, tmp_path: Path) -> None:
    """Its empty successor's daily backups would outlive those that hold something."""
    before = opened(profile)

    def use() -> None:
        with Library.open(profile, jobs=1) as library:
            list(library.prepare_indexes())

    use()
    profile.catalog_path.unlink()
    use()  # no backup is there to bring back
    assert opened(profile) != before
    profile.catalog_path.unlink()
    profile.backup_dir.mkdir(exist_ok=True)
    shutil.copy(backup.path, profile.backup_dir / "akin-20261120-120000-daily.zip")
    for _ in range(2):
        with pytest.raises(LibraryDamagedError, match="is gone"):
            Library.open(profile, jobs=1)
    assert not profile.catalog_path.exists()
    restoring.restore(profile, backup.path)
    assert opened(profile) == before
    profile.catalog_path.unlink()
    assert restoring.start_anew(profile) is None
    with Library.open(profile, jobs=1) as library:
        assert library.catalog.counts().photos == 0


def test_trying_out_one_backup_after_another_loses_nothing(backup: Backup, profile: Profile) -> None:
    """What was there before the first is still there after the sixth."""
    first = restoring.restore(profile, backup.path).previous
    for _ in range(5):
        restoring.restore(profile, backup.path)
    assert first is not None and first.exists()
    assert restoring.restore(profile, first).previous is not None


def test_nobody_else_may_have_it_open(backup: Backup, profile: Profile) -> None:
    with Catalog.open(profile.catalog_path), pytest.raises(LibraryLockedError):
        restoring.restore(profile, backup.path)
    with Catalog.open(profile.catalog_path), pytest.raises(LibraryLockedError):
        restoring.start_anew(profile)


def test_starting_anew_keeps_the_damaged_one(backup: Backup, profile: Profile) -> None:
    profile.catalog_path.write_bytes(b"garbage")
    aside = restoring.start_anew(profile)
    assert aside is not None and aside.read_bytes() == b"garbage"
    with Catalog.open(profile.catalog_path) as catalog:
        assert catalog.counts().items == 0
    profile.catalog_path.unlink()
    assert restoring.start_anew(profile) is None


def test_settings_that_cannot_be_written_are_no_failure(backup: Backup, profile: Profile) -> None:
    """The library is the backup's already."""
    profile.settings_path.unlink(missing_ok=True)
    profile.settings_path.mkdir()
    before = opened(profile)
    restored = restoring.restore(profile, backup.path)
    assert restored.previous is not None and restored.without_settings
    assert opened(profile) == before
    assert not list(profile.directory.glob(f"{replacing.BESIDE}*"))


# files that are no backups


def _rewritten(backup: Backup, change: Callable[[dict[str, bytes]], object], target: Path) -> Path:
    with zipfile.ZipFile(backup.path) as source:
        members = {name: source.read(name) for name in source.namelist()}
    change(members)
    with zipfile.ZipFile(target, "w") as made:
        for name, content in members.items():
            made.writestr(name, content)
    return target


def _manifest(change: Callable[[dict[str, object]], object]) -> Callable[[dict[str, bytes]], None]:
    def rewrite(members: dict[str, bytes]) -> None:
        document = json.loads(members["manifest.json"])
        change(document)
        members["manifest.json"] = json.dumps(document).encode()

    return rewrite


HOSTILE: dict[str, Callable[[dict[str, bytes]], object]] = {
    "no manifest": lambda members: members.pop("manifest.json"),
    "garbage manifest": lambda members: members.update({"manifest.json": b"\xff{["}),
    "a list": lambda members: members.update({"manifest.json": b"[1, 2]"}),
    "deep": lambda members: members.update({"manifest.json": b"[" * 50_000}),
    "outside": lambda members: members.update({"../../evil.parquet": b"x"}),
    "absolute": lambda members: members.update({"/tmp/evil": b"x"}),
    "other kind": _manifest(lambda d: d.update(kind="something")),
    "newer format": _manifest(lambda d: d.update(format=99)),
    "newer schema": _manifest(lambda d: d.update(schema=999)),
    "no schema": _manifest(lambda d: d.update(schema=0)),
    "member of code": _manifest(lambda d: d["members"].update({"evil.pickle": {"bytes": 1, "sha256": "", "rows": 0}})),
    "other counts": _manifest(lambda d: d["counts"].update(items=1_000_000)),
    "made at no time": _manifest(lambda d: d.update(made_at=float("inf"))),
    "other reason": _manifest(lambda d: d.update(reason="because")),
    "changed table": lambda members: members.update({"tables/tag.parquet": members["tables/tag.parquet"] + b"x"}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_change_nothing(backup: Backup, profile: Profile, tmp_path: Path, name: str) -> None:
    source = _rewritten(backup, HOSTILE[name], tmp_path / "hostile.zip")
    before, kept = profile.catalog_path.read_bytes(), {path.name for path in profile.directory.iterdir()}
    with pytest.raises(UnreadableFileError, match=r"hostile\.zip|newer Akin") as caught:
        restoring.restore(profile, source)
    assert caught.value.exit_code == 3 and "\n" not in str(caught.value)
    assert profile.catalog_path.read_bytes() == before
    assert {path.name for path in profile.directory.iterdir()} == kept
    assert not (tmp_path.parent / "evil.parquet").exists()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE tag ADD COLUMN extra VARCHAR",
        "ALTER TABLE item DROP COLUMN content_hash",
        "ALTER TABLE item RENAME COLUMN reason TO why",
    ],
)
def test_tables_with_other_columns_change_nothing(
    backup: Backup, profile: Profile, tmp_path: Path, change: str
) -> None:
    """Everything in the file fits together, but it is not what a library has."""
    with Catalog.open(tmp_path / "odd.duckdb") as catalog:
        fill(catalog, tmp_path)
        catalog.database.run(change)
        odd = make_backup(catalog.database, tmp_path / "odd.zip", reason=Reason.ASKED)
    before = opened(profile)
    with pytest.raises(UnreadableFileError):
        restoring.restore(profile, odd.path)
    assert opened(profile) == before


@pytest.mark.parametrize("kind", ["cut", "flipped", "empty", "text", "folder", "none"])
def test_what_is_no_backup_ends_in_a_sentence(backup: Backup, profile: Profile, tmp_path: Path, kind: str) -> None:
    content, path = bytearray(backup.path.read_bytes()), tmp_path / "x.zip"
    if kind == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "flipped":
        content[len(content) // 2] ^= 255
        path.write_bytes(content)
    elif kind == "folder":
        path.mkdir()
    elif kind != "none":
        path.write_bytes(b"" if kind == "empty" else b"Dear diary")
    before = opened(profile)
    with pytest.raises(UnreadableFileError, match=r"x\.zip"):
        restoring.restore(profile, path)
    assert opened(profile) == before


# what can go wrong on the way


def test_a_full_disk_leaves_no_half_backup(filled: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.ArchiveWriter, "finish", full)
    with pytest.raises(StorageFullError, match="disk is full"):
        make_backup(filled.database, tmp_path / "b.zip", reason=Reason.ASKED)
    assert not [path for path in tmp_path.iterdir() if "b.zip" in path.name]


def test_an_older_backup_stays_where_a_new_one_fails(
    filled: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_backup(filled.database, tmp_path / "b.zip", reason=Reason.ASKED)
    content = first.path.read_bytes()
    monkeypatch.setattr(Archive, "verify", lambda *_: (_ for _ in ()).throw(UnreadableFileError("damaged")))
    with pytest.raises(UnreadableFileError):
        make_backup(filled.database, tmp_path / "b.zip", reason=Reason.ASKED)
    assert first.path.read_bytes() == content


def test_it_can_be_stopped(filled: Catalog, tmp_path: Path) -> None:
    with pytest.raises(StoppedError):
        make_backup(filled.database, tmp_path / "b.zip", reason=Reason.ASKED, stopped=lambda: True)
    assert not [path for path in tmp_path.iterdir() if "b.zip" in path.name]
    assert make_backup(filled.database, tmp_path / "b.zip", reason=Reason.ASKED).items == PHOTOS + TRACKS


@pytest.mark.parametrize("place", ["none/b.zip", "."])
def test_places_that_cannot_be_written(filled: Catalog, tmp_path: Path, place: str) -> None:
    with pytest.raises(KnownError, match=r"no folder|is a folder"):
        make_backup(filled.database, tmp_path / place, reason=Reason.ASKED)


def test_a_restore_that_fails_at_its_end_is_taken_back(
    backup: Backup, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Catalog.open(profile.catalog_path) as catalog:
        catalog.log.rate([1], 1)
    before = opened(profile)

    def fail() -> Database:
        raise StorageFullError("The disk is full.")

    opening = iter((Database, fail))

    def connect(path: Path) -> Database:
        """The present one opens, and the one that was put in its place doesn't."""
        return Database(path) if path.parent != profile.directory or next(opening) is Database else fail()

    monkeypatch.setattr("desktop_app.engine.catalog.connection.Database", connect)
    with pytest.raises(StorageFullError):
        restoring.restore(profile, backup.path)
    monkeypatch.undo()
    assert opened(profile) == before


@pytest.mark.parametrize("moment", ["logged", "linked", "renamed", "exchanged"])
def test_a_kill_in_the_exchange_leaves_one_of_the_two(tmp_path: Path, moment: str) -> None:
    path, backups = tmp_path / "catalog.duckdb", tmp_path / "backups"
    path.write_bytes(b"old")
    replacing.log_of(path).write_bytes(b"log")
    old = replacing.replaced_path(path)
    replacing.log_of(path).replace(replacing.log_of(old))
    if moment == "linked":
        old.hardlink_to(path)
    elif moment == "renamed":
        path.replace(old)
    elif moment == "exchanged":
        old.hardlink_to(path)
        (tmp_path / "fresh").write_bytes(b"new")
        (tmp_path / "fresh").replace(path)
    replacing.complete(path, backups)
    replacing.complete(path, backups)
    if moment == "exchanged":
        assert path.read_bytes() == b"new" and not replacing.log_of(path).exists()
        (aside,) = backups.glob("*.duckdb")
        assert aside.read_bytes() == b"old" and replacing.log_of(aside).read_bytes() == b"log"
    else:
        assert path.read_bytes() == b"old" and replacing.log_of(path).read_bytes() == b"log"
    assert not old.exists()


# older libraries


@pytest.mark.parametrize("version", [number for number, _sql in migrations.steps()])
def test_every_older_library_is_backed_up_and_migrated(profile: Profile, tmp_path: Path, version: int) -> None:
    """Databases as each version of the program made them, from its own steps."""
    newest = migrations.steps()[-1][0]
    old = copying.create(profile.catalog_path, version)
    _insert_old_rows(old)
    old.close()
    from desktop_app.engine.library import Library

    with Library.open(profile, jobs=1) as library:
        assert library.find("", None)[0] == 2
        assert [info.name for info in library.playlists()] == ["Old"]
        assert library.rows([1])[0].rating == 5
        checks = library.doctor(repair=False)["checks"]
        assert [check["name"] for check in checks if not check["ok"]] == ["folder: /nowhere"]
    kept = backups_in(profile.backup_dir)
    assert [each.schema for each in kept if each.reason is Reason.MIGRATION] == ([version] if version < newest else [])
    if version < newest:
        restoring.restore(profile, kept[0].path)  # of the older format
        with Catalog.open(profile.catalog_path) as catalog:
            assert catalog.rows([1])[0].rating == 5 and readable(catalog.database) is None


def _insert_old_rows(old: Database) -> None:
    """Only columns that every version has."""
    with old.writing():
        old.run("INSERT INTO root (id, path) VALUES (1, '/nowhere')")
        for number in (1, 2):
            old.run(
                "INSERT INTO item (id, root_id, relpath, folder, name, ext, kind, state, size, mtime_ns, content_hash, "
                "added_at, seeded, rating) VALUES (?, 1, ?, '', ?, 'mp3', 'track', 'offline', 1, 1, ?, 1.0, true, 5)",
                [number, f"{number}.mp3", f"{number}.mp3", f"hash {number}"],
            )
        old.run("INSERT INTO playlist VALUES (1, 'Old', 1.0, 1.0)")
        old.run("INSERT INTO playlist_entry VALUES (1, 0, 2), (1, 1, 1)")
        old.run("UPDATE counter SET value = 2 WHERE name = 'item'")
        old.run("UPDATE counter SET value = 1 WHERE name IN ('root', 'playlist')")


def test_a_newer_library_is_left_alone(backup: Backup, profile: Profile) -> None:
    with Catalog.open(profile.catalog_path) as catalog, catalog.transaction():
        catalog.database.run("INSERT INTO schema_version VALUES (999, 0)")
    before = profile.catalog_path.read_bytes()
    with pytest.raises(KnownError, match="newer Akin"):
        Catalog.open(profile.catalog_path)
    assert profile.catalog_path.read_bytes() == before


def test_made_beside_a_writer(filled: Catalog, tmp_path: Path) -> None:
    """The backup is of one moment, whatever is written meanwhile."""
    wrote = 0

    def write(_progress: object) -> None:
        nonlocal wrote
        wrote += 1
        with filled.database.writing():
            filled.database.run("DELETE FROM playlist_entry")
            filled.database.run("INSERT INTO tag VALUES (1, ?, ?)", [f"t{wrote}", f"t{wrote}"])

    made = make_backup(filled.database, tmp_path / "b.zip", reason=Reason.ASKED, on_progress=write)
    assert wrote and made.tags == 3
    with Archive(made.path) as read:
        assert (read.rows("tag"), read.rows("playlist_entry")) == (3, 3)


def test_leftovers_of_a_killed_restore_go(backup: Backup, profile: Profile) -> None:
    left = profile.directory / f"{replacing.BESIDE}left"
    left.mkdir()
    shutil.copy(backup.path, left / "catalog.duckdb")
    restoring.restore(profile, backup.path)
    assert not left.exists()


def test_making_is_told(filled: Catalog, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    make_backup(
        filled.database, tmp_path / "b.zip", reason=Reason.ASKED, on_progress=lambda p: seen.append((p.done, p.total))
    )
    assert seen[-1][0] == seen[-1][1] and seen == sorted(seen)
