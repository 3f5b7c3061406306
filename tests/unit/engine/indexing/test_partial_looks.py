"""The watcher tells of one folder at a time: who lies where is found out all the same."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.indexed_library import IndexedLibrary
from fixtures.plain_files import touch, write

from desktop_app.engine.indexing import session


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[IndexedLibrary]:
    # the stand-ins for media are known by another hash
    monkeypatch.setattr(session, "content_hash", lambda file: hashlib.sha256(file.read()).hexdigest())
    made = IndexedLibrary(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("contents", [("red", "a longer one"), ("red", "tan")])
def test_two_files_that_changed_places(library: IndexedLibrary, contents: tuple[str, str]) -> None:
    """Also where both have one size: then what is there is read."""
    one = write(library.root / "a" / "1.jpg", contents[0])
    two = write(library.root / "b" / "2.jpg", contents[1])
    library.index()
    first, second = library.id_of(one), library.id_of(two)
    aside = one.rename(library.root / "aside")
    two.rename(one)
    aside.rename(two)
    touch(one)
    touch(two)
    library.changed(two)
    assert library.id_of(two) == first
    library.changed(one)
    assert (library.id_of(one), library.id_of(two)) == (second, first)
    assert len(library.present()) == 2


def test_a_copy_of_a_file_that_was_touched_is_a_copy(library: IndexedLibrary) -> None:
    one = write(library.root / "a" / "1.jpg", "red")
    library.index()
    first = library.id_of(one)
    touch(one)
    copy = write(library.root / "b" / "2.jpg", "red")
    library.changed(copy)
    assert library.id_of(one) == first != library.id_of(copy)
