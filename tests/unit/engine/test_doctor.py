"""``akin doctor``: each check finds what is wrong, and what can be mended is, after a backup."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures.filled_catalog import PHOTOS, fill, said
from fixtures.readings import photo

from desktop_app.domain.backups import Reason
from desktop_app.domain.ids import RootId
from desktop_app.domain.spaces import DESCRIBED
from desktop_app.engine import doctor
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.errors import LibraryDamagedError, StorageFullError
from desktop_app.paths import Profile


@pytest.fixture
def library(profile: Profile, tmp_path: Path) -> Iterator[Library]:
    """Over the filled catalogue, whose folder is there."""
    (tmp_path / "Pictures").mkdir()
    with Library.open(profile, jobs=1) as opened:
        fill(opened.catalog, tmp_path / "Pictures")
        yield opened


def checks(library: Library, *, repair: bool = False) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in library.doctor(repair=repair)["checks"]}


FAULTS = {
    "roots": "UPDATE item SET root_id = 77 WHERE id = 3",
    "tags": "INSERT INTO tag VALUES (99, 'x', 'x')",
    "playlists": "INSERT INTO playlist_entry VALUES (88, 0, 1), (1, 9, 99)",
    "counters": "UPDATE counter SET value = 2 WHERE name = 'item'",
    "companions": "UPDATE item SET companion_of = 99 WHERE id = 1",
    "states": "UPDATE item SET state = 'odd' WHERE id = 1",
    "places": "UPDATE item SET relpath = 'p0.jpg' WHERE id = 2",
    "payloads": "INSERT INTO payload SELECT id + 100, hash FROM payload",
    "item ids": "INSERT INTO item SELECT * REPLACE ('twin.jpg' AS relpath) FROM item WHERE id = 1",
    "vectors look": "UPDATE vector_look_1 SET data = 'x'::BLOB WHERE payload_id = 1",
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_of_the_catalogue_are_mended_after_a_backup(library: Library, name: str) -> None:
    library.catalog.database.run(FAULTS[name])
    found = checks(library)[f"catalogue: {name}"]
    assert not found["ok"] and not found["repaired"]
    assert not library.backups.listing()
    mended = checks(library, repair=True)[f"catalogue: {name}"]
    assert mended["repaired"] and "mended" in mended["detail"]
    (kept,) = [each for each in library.backups.listing() if each.reason is Reason.REPAIR]
    assert kept.items >= PHOTOS
    assert all(check["ok"] for title, check in checks(library).items() if title.startswith("catalogue"))


def test_what_people_made_survives_a_repair(library: Library) -> None:
    before = said(library.catalog)
    for name in ("tags", "counters", "payloads", "vectors look"):
        library.catalog.database.run(FAULTS[name])
    checks(library, repair=True)
    assert said(library.catalog) == before
    new = library.catalog.upsert_readings([ItemWrite(None, 1, "new.jpg", photo("new"))])
    assert new[0] > 9


def test_vectors_that_nothing_has_are_removed_but_not_those_that_undo_needs(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "UNUSED", 0)
    catalog = library.catalog
    catalog.put_meta(DESCRIBED, "every space")
    catalog.put_vectors("look", 1, ["p:gone 1", "p:gone 2"], np.ones((2, 8), np.float32))
    library.remove_items([1, 2])
    found = checks(library)["vectors of removed files"]
    assert not found["ok"] and found["detail"].startswith("2 of ")
    assert checks(library, repair=True)["vectors of removed files"]["repaired"]
    assert catalog.stored_spaces() == [("look", 1, PHOTOS)]
    assert catalog.meta(DESCRIBED) not in (None, "every space")  # a run may have counted on what is gone
    assert [each for each in library.backups.listing() if each.reason is Reason.REPAIR]
    library.undo()
    assert catalog.vector_count("look", 1) == PHOTOS
    catalog.put_vectors("look", 1, ["p:late"], np.ones((1, 8), np.float32))  # the table is whole
    assert checks(library)["catalogue: vectors look"]["ok"]


@pytest.mark.parametrize("name", ["payloads", "vectors look"])
def test_what_a_repair_took_out_is_looked_for_again(library: Library, name: str) -> None:
    library.catalog.put_meta(DESCRIBED, "every space")
    library.catalog.database.run(FAULTS[name])
    checks(library, repair=True)
    assert library.catalog.meta(DESCRIBED) not in (None, "every space")


def test_what_was_known_of_doubled_payloads_stays_with_the_one_that_is_kept(library: Library) -> None:
    catalog = library.catalog
    kept = catalog.vectors("look", 1, ["p:p0", "p:p1"])
    catalog.log.remove([1])  # undo brings it back with its payload
    catalog.database.run("INSERT INTO payload SELECT id + 100, hash FROM payload WHERE hash IN ('p:p0', 'p:p1')")
    for table in ("item", "edit_item", "vector_look_1"):  # what is known lies under the numbers that go
        catalog.database.run(f"UPDATE {table} SET payload_id = payload_id + 100 WHERE payload_id <= 2")
    catalog.database.run(
        "INSERT INTO vector_look_1 SELECT payload_id - 100, data FROM vector_look_1 WHERE payload_id = 101"
    )
    checks(library, repair=True)
    library.undo()
    found = catalog.vectors("look", 1, ["p:p0", "p:p1"])
    assert found[0] == kept[0] and np.array_equal(found[1], kept[1])
    assert catalog.vector_items("look", 1).tolist() == [1, 2, 3, 4, 5]
    assert all(check["ok"] for title, check in checks(library).items() if title.startswith("catalogue"))


def test_thumbnails_that_nothing_has_are_removed(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "UNUSED", 0)
    for content in ("ab" * 32, "cd" * 32, "ef" * 32):
        library.thumbnails.write(content, np.zeros((8, 8, 3), np.uint8))
    for content in ("ab" * 32, "ef" * 32):
        os.utime(library.thumbnails.path_of(content), (time.time() - 7200,) * 2)
    walk = os.walk

    def indexed_meanwhile(top: Path) -> Iterator[Any]:
        yield from walk(top)
        library.catalog.upsert_readings([ItemWrite(None, RootId(1), "late.jpg", photo("ef" * 32))])

    assert not checks(library)["thumbnails of removed files"]["ok"]
    monkeypatch.setattr(doctor.os, "walk", indexed_meanwhile)
    assert checks(library, repair=True)["thumbnails of removed files"]["repaired"]
    assert not library.thumbnails.has("ab" * 32)
    assert library.thumbnails.has("cd" * 32)  # so new that its file may be written to the catalogue any moment
    assert library.thumbnails.has("ef" * 32)


def test_what_was_found_is_told_although_no_backup_can_be_made(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise StorageFullError("The disk is full.")

    monkeypatch.setattr(library.backups, "make", full)
    library.catalog.database.run(FAULTS["tags"])
    found = checks(library, repair=True)
    assert found["catalogue: unfinished"]["detail"] == "The disk is full."
    assert found["disk room"]["ok"] and not checks(library)["catalogue: tags"]["ok"]


def test_backups_are_read_and_made(library: Library) -> None:
    assert checks(library)["backups: age"]["ok"]  # a new library has none
    made = library.backups.make()
    content = bytearray(made.path.read_bytes())
    content[len(content) // 2] ^= 1
    made.path.write_bytes(content)
    found = checks(library)
    assert not found["backups: soundness"]["ok"] and not found["backups: age"]["ok"]
    mended = checks(library, repair=True)
    assert mended["backups: soundness"]["repaired"] and mended["backups: age"]["repaired"]
    assert made.path.with_name(f"damaged-{made.path.name}").exists()
    again = checks(library)
    assert again["backups: soundness"]["ok"] and "less than a day" in again["backups: age"]["detail"]


def test_old_backups_are_told(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.backups.make()
    later = time.time() + 30 * 86_400
    monkeypatch.setattr(doctor.time, "time", lambda: later)
    found = checks(library)["backups: age"]
    assert not found["ok"] and "30 days" in found["detail"]


def test_an_unreachable_folder(library: Library, tmp_path: Path) -> None:
    (tmp_path / "Pictures").rmdir()
    found = checks(library)[f"folder: {tmp_path / 'Pictures'}"]
    assert not found["ok"] and "can't be reached" in found["detail"]


def test_a_model_whose_files_are_others(library: Library) -> None:
    library.profile.models_dir.mkdir(exist_ok=True)
    (library.profile.models_dir / "models.json").write_text("{}")
    assert not [name for name in checks(library) if name.startswith("model")]


def test_it_can_be_stopped(library: Library) -> None:
    control = RunControl()
    seen: list[int] = []

    def note(progress: Any) -> None:
        seen.append(progress.done)
        control.cancel()

    found = library.doctor(repair=False, control=control, on_progress=note)
    assert seen == [0] and found["checks"]
    assert not [check for check in found["checks"] if check["name"] == "disk room"]


def test_a_flipped_bit_is_the_only_thing_that_is_said(profile: Profile, tmp_path: Path) -> None:
    with Library.open(profile, jobs=1) as library:
        root = library.catalog.add_root(tmp_path)
        for batch in range(20):
            writes = [ItemWrite(None, root.id, f"{batch}/{n}.jpg", photo(os.urandom(32).hex())) for n in range(500)]
            library.catalog.upsert_readings(writes)
    content = profile.catalog_path.read_bytes()
    for place in range(300_000, len(content), 262_144):  # one block after the other
        profile.catalog_path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        try:
            library = Library.open(profile, jobs=1)
        except LibraryDamagedError:
            continue  # found at once
        with library:
            found = library.doctor(repair=False)
        if not found["ok"]:
            break
    assert [check["name"] for check in found["checks"]] == ["catalogue"]
    assert "damaged" in found["checks"][0]["detail"]
