"""What happens in one moment is told in parts, late, twice, or while a run looks: stars stay with their photos."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import read_plain, write
from hypothesis import example, given, settings
from hypothesis import strategies as st

from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.reading import FileJob, FileReading
from desktop_app.engine.catalog.places import KnownItem
from desktop_app.engine.indexing.plan import Found
from desktop_app.engine.indexing.session import Session
from desktop_app.engine.indexing.tools import Tools
from desktop_app.engine.scanner import ScannedFile
from desktop_app.engine.workers.outcomes import FileChangedError

COUNT = 500
PLACES = ("first/a.jpg", "first/b.jpg", "second/a.jpg", "second/b.jpg")
STARS = {"red": 5, "as green": 3, "plain": 0}
"""Of the contents that lie there at the beginning; what people said of them."""


@dataclass(frozen=True)
class Move:
    """A file goes where another may be, which is gone then."""

    source: str
    target: str


@dataclass(frozen=True)
class Swap:
    """Two files change places, by way of a third name that is no photo's."""

    one: str
    two: str


@dataclass(frozen=True)
class Save:
    """Another content is saved at a place, in one step."""

    place: str


@dataclass(frozen=True)
class Look:
    """A run over what is told by now of these folders, during which the next ``meanwhile`` steps happen, before its
    read number ``at``, or ``torn``: while that goes on; ``again``: what was told is told once more, later."""

    folders: frozenset[str]
    again: bool = False
    at: int = 0
    meanwhile: int = 0
    torn: bool = False


Step = Move | Swap | Save | Look

PLACE = st.sampled_from(PLACES)
FOLDERS = st.sampled_from([frozenset({"first"}), frozenset({"second"}), frozenset({"first", "second"})])
STEPS = st.lists(
    st.one_of(
        st.builds(Move, PLACE, PLACE),
        st.builds(Swap, PLACE, PLACE),
        st.builds(Save, PLACE),
        st.builds(Look, FOLDERS, st.booleans(), st.integers(0, 4), st.integers(0, 2), st.booleans()),
    ),
    min_size=2,
    max_size=8,
)


class Folders:
    """Two watched roots with three photos, and what is still to be told of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.library = IndexedLibrary(folder, ("first", "second"))
        for content, place in zip(STARS, PLACES, strict=False):
            write(folder / place, content)
        for root in ("first", "second"):
            write(folder / root / "rest.jpg", f"rest of {root}")
        self.library.index()
        for stars, place in zip(STARS.values(), PLACES, strict=False):
            if stars:
                self.library.rate(folder / place, stars)
        self._told: set[str] = set()
        self._saved = 0

    def go(self, steps: Sequence[Step]) -> None:
        """One after the other; at last the rest is told."""
        left = iter(steps)
        for step in left:
            self._do(step, left)
        for folders in ({"first"}, {"second"}, {"first", "second"}):
            self._do(Look(frozenset(folders), again=True), left)

    def _do(self, step: Step, left: Iterator[Step]) -> None:
        if isinstance(step, Look):
            self._look(step, left)
        elif isinstance(step, Save):
            self._saved += 1
            write(self.folder / "saved", f"{step.place}, number {self._saved}").replace(self.folder / step.place)
            self._told.add(step.place)
        else:
            one, two = (step.source, step.target) if isinstance(step, Move) else (step.one, step.two)
            if one == two or not (self.folder / one).exists():
                return
            if isinstance(step, Swap) and (self.folder / two).exists():
                (self.folder / one).rename(self.folder / "aside")
                (self.folder / two).rename(self.folder / one)
                (self.folder / "aside").rename(self.folder / two)
            else:
                (self.folder / one).replace(self.folder / two)
            self._told |= {one, two}

    def _look(self, step: Look, left: Iterator[Step]) -> None:
        told = {place for place in self._told if place.partition("/")[0] in step.folders}
        if not step.again:
            self._told -= told
        reads = itertools.count()

        def read(job: FileJob) -> FileReading:
            if next(reads) == step.at:
                before = job.path.stat() if job.path.exists() else None
                for following in itertools.islice(left, step.meanwhile):
                    if not isinstance(following, Look):
                        self._do(following, left)
                if step.torn and before and job.path.exists() and not os.path.samestat(before, job.path.stat()):
                    raise FileChangedError("This file was changed while it was being read.")
            return read_plain(job)

        self.library.changed_with(read, *(self.folder / place for place in told))

    def close(self) -> None:
        self.library.close()
        shutil.rmtree(self.folder)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[IndexedLibrary]:
    library = IndexedLibrary(tmp_path)
    yield library
    library.close()


FIRST, BOTH = frozenset({"first"}), frozenset({"first", "second"})


@settings(max_examples=20, deadline=None)
@given(STEPS)
@example(
    [
        Move("first/a.jpg", "second/a.jpg"),
        Save("first/a.jpg"),
        Look(FIRST),
        Move("first/a.jpg", "second/b.jpg"),  # what was saved in between turns up together with the original
        Save("first/a.jpg"),
    ]
)
@example([Swap("first/a.jpg", "second/a.jpg"), Save("first/a.jpg"), Look(FIRST, again=True), Look(BOTH)])
@example([Swap("first/b.jpg", "second/a.jpg"), Look(FIRST), Move("second/a.jpg", "first/b.jpg")])  # back again
@example([Move("first/a.jpg", "second/a.jpg"), Save("first/a.jpg"), Look(FIRST), Save("first/a.jpg")])
@example(
    [
        Move("first/a.jpg", "second/a.jpg"),
        Move("first/b.jpg", "first/a.jpg"),
        Look(BOTH, at=1, meanwhile=2),  # between the hashes of the two
        Save("second/a.jpg"),
        Swap("first/a.jpg", "second/a.jpg"),
    ]
)
@example(
    [
        Swap("first/a.jpg", "second/a.jpg"),
        Look(BOTH, at=0, meanwhile=1, torn=True),  # the one can't be hashed, the other has what lay there
        Save("first/a.jpg"),
    ]
)
@example(
    [
        Swap("first/a.jpg", "first/b.jpg"),
        Save("second/b.jpg"),
        Swap("first/b.jpg", "second/a.jpg"),
        Look(BOTH, at=4, meanwhile=1),  # between the hashes and the reading of what is new
        Swap("first/a.jpg", "second/b.jpg"),
    ]
)
def test_stars_stay_with_their_photos(steps: list[Step]) -> None:
    """Wherever a content lies at last, it has the stars that it was given, and nothing else has them."""
    folder = Path(tempfile.mkdtemp(prefix="akin-parts-"))
    folders = Folders(folder)
    try:
        folders.go(steps)
        contents = {place: (folder / place).read_text("utf-8").strip() for place in PLACES if (folder / place).exists()}
        stars = folders.library.stars()
        assert stars.keys() == contents.keys()
        for content, given_stars in STARS.items():
            there = [place for place, held in contents.items() if held == content]
            if there and given_stars:
                assert [place for place, number in stars.items() if number == given_stars] == there, (contents, stars)
    finally:
        folders.close()


def test_what_is_saved_again_while_it_is_read_does_not_take_the_item_that_went_on(library: IndexedLibrary) -> None:
    """The place that an item left a moment ago, in this very run, is not its place any more."""
    place = write(library.root / "a.jpg", "red")
    library.index()
    library.rate(place, 5)
    place.rename(library.root / "moved.jpg")
    write(place, "green")

    def read(job: FileJob) -> FileReading:
        if job.want_vectors and job.path == place and place.read_text("utf-8").startswith("green"):
            write(place, "blue")
        return read_plain(job)

    library.changed_with(read, place, library.root / "moved.jpg")
    assert library.stars() == {"a.jpg": 0, "moved.jpg": 5}


def test_an_edited_photo_that_moves_beside_a_copy_of_its_original(library: IndexedLibrary) -> None:
    """Who copies a photo, edits it, and renames the folder, all in a minute, has the stars on what was edited."""
    photo = write(library.root / "a" / "1.jpg", "red")
    write(library.root / "a" / "1 copy.jpg", "red")
    library.index()
    library.rate(photo, 5)
    write(photo, "red, edited")
    library.changed(photo)
    (library.root / "a").rename(library.root / "b")
    report = library.changed(library.root / "a", library.root / "b")
    assert library.stars() == {"b/1.jpg": 5, "b/1 copy.jpg": 0}
    assert (report.added, report.moved, report.missing) == (0, 2, 0)


def test_a_copy_takes_nothing_from_a_photo_whose_edit_was_undone(library: IndexedLibrary) -> None:
    """Its pixels are there again, though with other tags."""
    photo = write(library.root / "a.jpg", "red", "tags")
    library.index()
    library.rate(photo, 5)
    for payload, tags in (("red, edited", "tags"), ("red", "other tags")):
        write(photo, payload, tags)
        library.changed(photo)
    library.changed(write(library.root / "copy.jpg", "red", "tags"))
    assert library.stars() == {"a.jpg": 5, "copy.jpg": 0}


def test_a_long_row_of_photos_that_took_each_others_places(library: IndexedLibrary) -> None:
    """As after "add one to all numbers" while the first is written to: who waits for whom is told in one go."""
    root = library.catalog.roots()[0]
    found = [
        Found(root.id, ScannedFile(f"{number}.jpg", 10, 1, Kind.PHOTO), known_item(number, root.id))
        for number in range(1, COUNT + 1)
    ]

    def read(job: FileJob) -> FileReading:
        if job.path.stem == "1":
            raise FileChangedError("This file was changed while it was being read.")
        return FileReading(job.path, job.kind, 10, 1, f"content {int(job.path.stem) - 1}", None)

    tools = Tools(library.catalog, library.store, library.pool, library.folder, read, library.recent, lambda: False)  # type: ignore[arg-type]
    session = Session(tools, library.control, [root])
    for _progress in session.settle(found):
        pass
    assert len(session.unquiet) == COUNT


def known_item(number: int, root_id: RootId) -> KnownItem:
    return KnownItem(
        ItemId(number), root_id, f"{number}.jpg", 10, 0, State.PRESENT, Kind.PHOTO, f"content {number}", None
    )
