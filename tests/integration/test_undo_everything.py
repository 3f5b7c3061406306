"""Whatever was edited, and however the program ended: undoing all brings back the start, redoing all the end."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures.folder_trash import FolderTrash
from fixtures.readings import photo, track
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId
from desktop_app.engine.catalog import Catalog, edit_log
from desktop_app.engine.catalog.encoding import encode_path
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.descriptors.spaces import SPACES
from desktop_app.engine.edits import Edits
from desktop_app.engine.history import History
from desktop_app.engine.index import IndexStore
from desktop_app.engine.index_upkeep import IndexUpkeep
from desktop_app.engine.indexing.writing import BatchWriter
from desktop_app.engine.media.hashing import content_hash
from desktop_app.engine.removals import Removals
from desktop_app.engine.saved_playlists import SavedPlaylists
from desktop_app.errors import KnownError, LibraryDamagedError, LibraryUnavailableError, PartlyDoneError

TABLES = ("item", "tag", "playlist", "playlist_entry", "root")
LOOK = SPACES["look"]
FOLDERS = ("one", "two")
ITEMS = 8


class Edited:
    """A catalogue with its indexes, and the edits over it; ``kill`` leaves what is on the disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        fresh = not (folder / "catalog.duckdb").exists()
        self.catalog = Catalog.open(folder / "catalog.duckdb")
        self.store = IndexStore(folder / "indexes")
        if fresh:
            self._fill()
        for _progress in IndexUpkeep(self.catalog, self.store).prepare():
            pass
        self.history = History(self.catalog, self.store, lambda: None)
        self.edits = Edits(self.catalog, self.history)
        self.playlists = SavedPlaylists(self.catalog, self.history)
        self.removals = Removals(self.catalog, self.history)

    def _fill(self) -> None:
        writer = BatchWriter(self.catalog, self.store)
        for folder in FOLDERS:
            root = self.catalog.add_root(self.folder / folder)
            for number in range(ITEMS // 2):
                name = f"{folder}{number}"
                seen = photo(name) if number % 2 else track(name)
                vector = np.random.default_rng(number).standard_normal(LOOK.dim).astype(np.float32)
                seen = replace(seen, vectors={"look": vector / np.linalg.norm(vector)}) if number % 2 else seen
                writer.write([ItemWrite(None, root.id, name, seen)])

    def state(self) -> dict[str, Any]:
        """Everything that people made, and what an index holds."""
        found: dict[str, Any] = {
            table: sorted(map(repr, self.catalog._database.rows(f"SELECT * FROM {table}")))  # pyright: ignore[reportPrivateUsage]
            for table in TABLES
        }
        found["index"] = self.store.open_space(LOOK).ids().tolist()
        return found

    def faults(self) -> list[str]:
        return [finding.detail for finding in self.catalog.check() if finding.faults]

    def close(self) -> None:
        self.store.close()
        self.catalog.close()


ids = st.lists(st.integers(1, ITEMS), min_size=1, max_size=4)
names = st.sampled_from(["walk", "Rain", "rain", "été"])
lists = st.sampled_from(["Morning", "Evening", "morning"])
steps = st.one_of(
    st.tuples(st.just("rate"), ids, st.integers(0, 5)),
    st.tuples(st.just("tag"), ids, st.lists(names, max_size=2), st.lists(names, max_size=1)),
    st.tuples(st.just("save"), lists, ids),
    st.tuples(st.sampled_from(["append", "replace"]), st.integers(0, 3), ids),
    st.tuples(st.just("rename"), st.integers(0, 3), lists),
    st.tuples(st.just("delete"), st.integers(0, 3)),
    st.tuples(st.just("remove"), ids),
    st.tuples(st.just("remove_root"), st.integers(0, 1)),
    st.tuples(st.just("relocate"), st.integers(0, 1), st.sampled_from(["three", "four/inner", "four"])),
    st.tuples(st.sampled_from(["undo", "undo", "redo"])),
)


def carry_out(made: Edited, step: tuple[Any, ...]) -> ChangeSet:
    """One step; what can't be done raises KnownError."""
    roots, saved = made.catalog.roots(), made.catalog.playlists()
    match step:
        case ("rate", items, stars):
            return made.edits.rate(items, stars)
        case ("tag", items, add, remove):
            return made.edits.tag(items, add, remove)
        case ("save", name, items):
            return made.playlists.save(name, items)
        case (("append" | "replace") as what, at, items) if saved:
            return getattr(made.playlists, what)(saved[at % len(saved)].id, items)
        case ("rename", at, name) if saved:
            return made.playlists.rename(saved[at % len(saved)].id, name)
        case ("delete", at) if saved:
            return made.playlists.delete(saved[at % len(saved)].id)
        case ("remove", items):
            return made.removals.remove(items)
        case ("remove_root", at) if roots:
            return made.removals.remove_root(roots[at % len(roots)])
        case ("relocate", at, name) if roots:
            return made.removals.relocate_root(roots[at % len(roots)], made.folder / name)
        case ("undo",):
            return made.history.undo()
        case ("redo",):
            return made.history.redo()
        case _:
            return ChangeSet()


def all_of(step: Callable[[], ChangeSet], labels: Callable[[], str]) -> int:
    """Until there is none left; returns how many."""
    count = 0
    while labels():
        assert step()
        count += 1
    return count


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, max_size=14), st.sets(st.integers(0, 13), max_size=2))
def test_any_edits_there_and_back(chosen: list[tuple[Any, ...]], ends: set[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        made = Edited(Path(name))
        start = made.state()
        for at, step in enumerate(chosen):
            before = made.state()
            try:
                carry_out(made, step)
            except KnownError:
                assert made.state() == before
            if at in ends:
                made.close()
                made = Edited(Path(name))
        assert not made.faults()
        end = made.state()
        done = all_of(made.history.undo, lambda: made.history.labels[0])
        assert made.state() == start
        undone = all_of(made.history.redo, lambda: made.history.labels[1])
        all_of(made.history.undo, lambda: made.history.labels[0])
        assert (made.state(), undone >= done) == (start, True)
        for _each in range(done):
            made.history.redo()
        assert made.state() == end and not made.faults()
        made.close()


@pytest.fixture
def made(tmp_path: Path) -> Any:
    opened = Edited(tmp_path)
    yield opened
    opened.close()


def test_labels_say_what_and_how_many(made: Edited) -> None:
    photos, tracks = [ItemId(2), ItemId(4)], [ItemId(1)]
    labels = [
        made.edits.rate(photos, 3).undo,
        made.edits.rate(tracks, 5).undo,
        made.edits.rate([*photos, *tracks], 0).undo,
        made.edits.tag(tracks, ["a"], []).undo,
        made.edits.tag(tracks, [], ["a"]).undo,
        made.playlists.save("P & Q", tracks).undo,
        made.playlists.delete(made.playlists.id_of("P & Q")).undo,
        made.removals.remove(photos).undo,
        made.removals.remove_root(made.catalog.roots()[0]).undo,
    ]
    assert labels == [
        "Rate 2 Photos", "Rate 1 Track", "Unrate 3 Items", "Tag 1 Track", "Untag 1 Track",
        "Save Playlist “P & Q”", "Delete Playlist “P & Q”", "Remove 2 Photos", "Remove Folder “one”",
    ]  # fmt: skip
    assert not made.edits.rate(tracks, 0) and made.history.labels == (labels[-1], "")


def test_so_many_edits_and_no_more(made: Edited, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(edit_log.KEPT + 2 * edit_log.SLACK + 5):
        made.edits.rate([ItemId(1)], 1 + number % 5)
    kept = all_of(made.history.undo, lambda: made.history.labels[0])
    assert edit_log.KEPT <= kept <= edit_log.KEPT + edit_log.SLACK
    monkeypatch.setattr(edit_log, "HEAVIEST", 25)
    made.removals.remove([ItemId(1)])
    made.removals.remove([ItemId(2)])
    made.removals.remove([ItemId(each) for each in range(3, 8)])
    assert all_of(made.history.undo, lambda: made.history.labels[0]) == 1


def with_file(made: Edited, number: ItemId, content: bytes) -> Path:
    """The item's file, as the catalogue knows it."""
    path = made.catalog.rows([number])[0].path
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    status = path.stat()
    with made.catalog.database.writing():
        made.catalog.database.run(
            "UPDATE item SET size = ?, mtime_ns = ?, content_hash = ? WHERE id = ?",
            [status.st_size, status.st_mtime_ns, content_hash(BytesIO(content)), number],
        )
    return path


def test_trashed_files_come_back_after_a_restart(made: Edited, tmp_path: Path) -> None:
    trash, number = FolderTrash(tmp_path / "trash"), ItemId(2)
    path = with_file(made, number, b"pixels")
    made.edits.rate([number], 4)
    rows = made.catalog.rows([number])
    assert made.removals.trash([number], trash).undo == "Trash 1 Photo"
    assert not path.exists() and not made.catalog.rows([number])
    made.close()
    made.__init__(tmp_path)
    made.history.trash_port = trash
    made.history.undo()
    assert (path.read_bytes(), made.catalog.rows([number]), made.history.labels) == (
        b"pixels",
        rows,
        ("Rate 1 Photo", ""),
    )


def test_files_that_were_put_back_already(made: Edited, tmp_path: Path) -> None:
    """By hand, or by an undo that was killed in the middle; and one that was thrown out of the trash."""
    trash, numbers = FolderTrash(tmp_path / "trash"), [ItemId(2), ItemId(4)]
    paths = [with_file(made, number, b"pixels") for number in numbers]
    made.removals.trash(numbers, trash)
    (tmp_path / "trash" / paths[0].name).rename(paths[0])
    (tmp_path / "trash" / paths[1].name).unlink()
    with pytest.raises(PartlyDoneError):
        made.history.undo()
    assert [str(row.state) for row in made.catalog.rows(numbers)] == ["present", "missing"]


@pytest.mark.parametrize(("content", "back"), [(b"of somebody else", False), (b"PIXELS", False), (b"pixels", True)])
def test_only_the_items_own_file_comes_back(made: Edited, tmp_path: Path, content: bytes, back: bool) -> None:
    """The trash was emptied, and has another file under that name; one that was only touched is the item's."""
    number = ItemId(2)
    path = with_file(made, number, b"pixels")
    made.removals.trash([number], FolderTrash(tmp_path / "trash"))
    trashed = tmp_path / "trash" / path.name
    trashed.write_bytes(content)
    os.utime(trashed, (1, 1))
    if back:
        made.history.undo()
    else:
        with pytest.raises(PartlyDoneError, match=re.escape(str(trashed))):
            made.history.undo()
        assert trashed.read_bytes() == content
        assert str(made.catalog.rows([number])[0].state) == "missing"
    assert path.exists() == back


@pytest.mark.parametrize("obstacle", ["another file", "its drive is away"])
def test_undo_of_the_trash_waits_for_what_people_can_mend(made: Edited, tmp_path: Path, obstacle: str) -> None:
    """It is not used up, so that undo never means an earlier edit instead; nor does it keep all before it for ever."""
    numbers = [ItemId(2), ItemId(4)]
    first, second = (with_file(made, number, b"pixels") for number in numbers)
    away = first.parent.with_name("away")

    def put_in_the_way() -> None:
        if obstacle == "another file":
            first.write_bytes(b"in its way")
        else:
            first.parent.rename(away)

    made.edits.rate(numbers, 3)
    rows = made.catalog.rows(numbers)
    made.removals.trash(numbers, FolderTrash(first.parent / ".Trash"))
    put_in_the_way()
    with pytest.raises(KnownError, match="Nothing was undone: mend that, and undo again"):
        made.history.undo()
    assert made.history.labels[0].startswith("Trash") and not second.exists()
    if obstacle == "another file":
        assert first.read_bytes() == b"in its way"
        first.unlink()
    else:
        away.rename(first.parent)
    made.history.undo()
    assert first.read_bytes() == second.read_bytes() == b"pixels" and made.catalog.rows(numbers) == rows
    made.removals.trash(numbers, FolderTrash(first.parent / ".Trash"))
    put_in_the_way()
    with pytest.raises(KnownError, match="Nothing was undone"):
        made.history.undo()
    with pytest.raises(PartlyDoneError):  # meant as it is
        made.history.undo()
    assert (made.history.undo().undone or "").startswith("Rate"), "what is before it can be undone, too"


def test_a_root_whose_only_file_was_trashed_is_not_away(made: Edited, tmp_path: Path) -> None:
    only = [item for item in map(ItemId, range(1, ITEMS // 2 + 1)) if item != 2]
    made.removals.remove(only)
    with_file(made, ItemId(2), b"pixels")
    made.removals.trash([ItemId(2)], FolderTrash(tmp_path / "trash"))
    (made.folder / FOLDERS[0]).mkdir(exist_ok=True)
    for path in (tmp_path / "trash").iterdir():
        path.unlink()  # it was emptied
    with pytest.raises(PartlyDoneError):
        made.history.undo()
    assert str(made.catalog.rows([ItemId(2)])[0].state) == "missing"


def test_no_file_goes_where_no_item_of_the_edit_was(made: Edited, tmp_path: Path) -> None:
    path = with_file(made, ItemId(2), b"pixels")
    made.removals.trash([ItemId(2)], FolderTrash(tmp_path / "trash"))
    elsewhere, foreign = tmp_path / "autostart" / "x", tmp_path / "x"
    foreign.write_bytes(b"pixels")
    made.edits.rate([ItemId(4)], 3)
    with made.catalog.database.writing():
        made.catalog.database.run("UPDATE edit_file SET path = ?", [encode_path(elsewhere)])
        made.catalog.database.run(
            "INSERT INTO edit_file SELECT max(id), 4, ?, ? FROM edit", [encode_path(elsewhere), encode_path(foreign)]
        )
    for _edit in range(2):
        with pytest.raises(PartlyDoneError, match="not in the library"):
            made.history.undo()
    assert not elsewhere.exists() and foreign.exists() and (tmp_path / "trash" / path.name).exists()


@pytest.mark.parametrize("fault", [LibraryUnavailableError("closed"), LibraryDamagedError("a bad block")])
def test_a_fault_of_the_library_costs_no_way_back(
    made: Edited, monkeypatch: pytest.MonkeyPatch, fault: LibraryUnavailableError
) -> None:
    def fail(*_: object) -> None:
        raise fault

    made.edits.rate([ItemId(2)], 4)
    with monkeypatch.context() as patched:
        patched.setattr(edit_log.EditLog, "undo", fail)
        with pytest.raises(type(fault)):
            made.history.undo()
    assert made.history.labels[0].startswith("Rate")
    made.history.undo()
    assert made.catalog.rows([ItemId(2)])[0].rating == 0


EDITS = """
import sys, itertools
from pathlib import Path
sys.path[:0] = [{tests!r}, {repository!r}]
from integration.test_undo_everything import Edited
made = Edited(Path(sys.argv[1]))
for number in itertools.count(1):
    made.edits.rate([1 + number % 8], 1 + number % 5)
    if number % 3 == 0:
        made.removals.remove([1 + number % 8])
    print(number, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_kill_in_the_middle_of_edits(tmp_path: Path) -> None:
    """What was done is in the log, whenever it happens; nothing of an edit without its way back."""
    Edited(tmp_path).close()
    first = Edited(tmp_path)
    start = first.state()
    first.close()
    tests = Path(__file__).resolve().parents[1]
    code = EDITS.format(tests=str(tests), repository=str(tests.parent))
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= 12:
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    after = Edited(tmp_path)
    with suppress(KnownError):
        all_of(after.history.undo, lambda: after.history.labels[0])
    assert after.state()["item"] == start["item"] and not after.faults()
    after.close()


def test_an_undo_that_means_another_edit_takes_nothing_back(made: Edited) -> None:
    first = made.edits.rate([ItemId(1)], 4)
    second = made.edits.rate([ItemId(1)], 2)
    assert first.edit and second.edit and first.edit != second.edit
    with pytest.raises(KnownError, match="“Rate 1 Track”"):
        made.history.undo(first.edit)
    assert made.catalog.rows([ItemId(1)])[0].rating == 2 and made.history.labels == ("Rate 1 Track", "")
    assert made.history.undo(second.edit).edit is None
    assert made.history.redo().edit == second.edit
