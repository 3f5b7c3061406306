"""Marks what is here, gives the long form its time, and watches over the originals of every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from reliability.forms import LONG
from reliability.originals import Originals
from reliability.program import Program

HERE = Path(__file__).parent
LONG_SECONDS = 4 * 3600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.reliability)
            if LONG:
                item.add_marker(pytest.mark.timeout(LONG_SECONDS))


@pytest.fixture(autouse=True)
def originals() -> Iterator[Originals]:
    """Every file of the test's roots is afterwards what it was."""
    watched = Originals()
    yield watched
    watched.check()


@pytest.fixture
def roots(tmp_path: Path, originals: Originals) -> Path:
    """An empty folder whose files are watched over."""
    folder = tmp_path / "media"
    folder.mkdir()
    return originals.watch(folder)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The program on an empty profile."""
    return Program(tmp_path / "profile")
