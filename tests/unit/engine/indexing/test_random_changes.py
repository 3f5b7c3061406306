"""Random changes of a folder, random runs: the catalogue equals the disk, and ratings follow content."""

import shutil
import tempfile
from pathlib import Path

from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import read_plain, touch, write
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.reading import FileJob

FOLDERS = st.sampled_from(["root", "root/a", "root/a/b", "root/c d", "other", "other/x"])
NAMES = st.sampled_from(["1.jpg", "2.jpg", "ä.JPG", "3.png", "song.mp3", "no media.txt"])
PAYLOADS = st.sampled_from(["red", "green", "blue", "broken", "a longer one"])
TAGS = st.sampled_from(["", "t", "sunny"])
PICK = st.integers(0, 1000)


class Folders(RuleBasedStateMachine):
    """Two roots under random hands."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="akin-random-"))
        self.library = IndexedLibrary(self.folder, ("root", "other"))
        write(self.folder / "root" / "always.jpg", "always here")
        write(self.folder / "other" / "always too.jpg", "always there")

    def teardown(self) -> None:
        self.library.close()
        shutil.rmtree(self.folder)

    def _files(self) -> list[Path]:
        return sorted(
            path
            for root in ("root", "other")
            for path in (self.folder / root).rglob("*")
            if path.is_file() and not path.name.startswith("always")
        )

    def _pick(self, number: int) -> Path | None:
        files = self._files()
        return files[number % len(files)] if files else None

    @initialize()
    def begin(self) -> None:
        self.library.index()

    @rule(folder=FOLDERS, name=NAMES, payload=PAYLOADS, tags=TAGS)
    def create_or_edit(self, folder: str, name: str, payload: str, tags: str) -> None:
        write(self.folder / folder / name, payload, tags)

    @rule(number=PICK, folder=FOLDERS, name=NAMES)
    def move(self, number: int, folder: str, name: str) -> None:
        source, target = self._pick(number), self.folder / folder / name
        if source is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)

    @rule(number=PICK, folder=FOLDERS, name=NAMES)
    def copy(self, number: int, folder: str, name: str) -> None:
        source, target = self._pick(number), self.folder / folder / name
        if source is not None and source != target:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
            touch(target)

    @rule(one=PICK, two=PICK)
    def swap(self, one: int, two: int) -> None:
        first, second = self._pick(one), self._pick(two)
        if first is not None and second is not None and first != second:
            first.rename(self.folder / "aside")
            second.rename(first)
            (self.folder / "aside").rename(second)

    @rule(number=PICK)
    def delete(self, number: int) -> None:
        path = self._pick(number)
        if path is not None:
            path.unlink()

    @rule(number=PICK)
    def touch(self, number: int) -> None:
        path = self._pick(number)
        if path is not None:
            touch(path)

    @rule(number=PICK, tags=TAGS)
    def retag(self, number: int, tags: str) -> None:
        path = self._pick(number)
        if path is not None:
            write(path, path.read_text("utf-8").partition("\n")[0], tags)

    @precondition(lambda self: (self.folder / "root" / "a").is_dir())
    @rule()
    def rename_folder(self) -> None:
        target = self.folder / "other" / "renamed"
        shutil.rmtree(target, ignore_errors=True)
        (self.folder / "root" / "a").rename(target)

    @rule()
    def run(self) -> None:
        before, payloads = self._contents_by_item(), self._payloads()
        report = self.library.index()
        self._equals_disk()
        self._items_followed(before, payloads)
        assert report.seen == report.photos + report.tracks + report.problems + report.ignored
        done = report.added + report.updated + report.moved + report.unchanged
        assert done == report.photos + report.tracks + report.problems
        again = self.library.index()
        assert again.unchanged == done
        assert self.library.pool.jobs == []

    def _contents_by_item(self) -> dict[ItemId, tuple[Path, str | None]]:
        rows = self.library.catalog.find("", limit=None)[1]
        return {row.id: (row.path, row.content_hash) for row in rows}

    def _payloads(self) -> dict[ItemId, str | None]:
        return dict(self.library.catalog.database.rows("SELECT id, payload_hash FROM item"))

    def _equals_disk(self) -> None:
        rows = self.library.catalog.find("", limit=None)[1]
        there = {row.path: row for row in rows if row.state in (State.PRESENT, State.PROBLEM)}
        disk = [
            path for root in self.library.roots for path in root.rglob("*") if path.is_file() and path.suffix != ".txt"
        ]
        assert set(there) == set(disk)
        assert len(there) == len([row for row in rows if row.state in (State.PRESENT, State.PROBLEM)])
        for path, row in there.items():
            reading = read_plain(FileJob(path, Kind.PHOTO))
            assert row.content_hash == reading.content_hash
            assert (row.state is State.PROBLEM) == (reading.problem is not None)

    def _items_followed(
        self, before: dict[ItemId, tuple[Path, str | None]], payloads: dict[ItemId, str | None]
    ) -> None:
        """No item is missing whose content is there without an item that had it before; none is gone but a copy that
        an older item became when its own file went."""
        after = self._contents_by_item()
        states = {row.id: row.state for row in self.library.catalog.find("", limit=None)[1]}
        there = {item: payload for item, payload in self._payloads().items() if states[item] is not State.MISSING}
        for item in before:
            older = [other for other, payload in there.items() if payload == payloads[item] and other < item]
            assert item in after or older, f"item {item} is gone"
        for item, (_path, content) in before.items():
            if item not in after or states[item] is not State.MISSING:
                continue
            newcomers = [
                other
                for other, (_, held) in after.items()
                if other not in before and held == content and states[other] is not State.MISSING
            ]
            assert not newcomers, f"item {item} is missing, but its content came back as a new item"


TestFolders = Folders.TestCase
TestFolders.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
