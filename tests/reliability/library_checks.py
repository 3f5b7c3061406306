"""What must hold of a library after any fault, looked at by opening it as a start of the program does."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reliability.program import Program

from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import State
from desktop_app.engine.library import Library
from desktop_app.engine.request_server import ask
from desktop_app.paths import Profile


@dataclass(frozen=True, slots=True)
class Inside:
    """A library after its start: items by path (of two the one that is there), playlists, checks of ``akin doctor``."""

    items: dict[str, ItemRow]
    playlists: set[str]
    checks: dict[str, dict[str, Any]]


def look_inside(profile: Path) -> Inside:
    """Start, bring the indexes in line, look; fails if an item is there twice."""
    with Library.open(Profile.at(profile)) as library:
        for _progress in library.prepare_indexes():
            pass
        rows = library.find("", None)[1]
        there = [row for row in rows if row.state is not State.MISSING]
        items = {str(row.path): row for row in [*(row for row in rows if row.state is State.MISSING), *there]}
        assert len({row.path for row in there}) == len(there), "an item is there twice"
        checks = {check["name"]: check for check in library.doctor(repair=False)["checks"]}
        return Inside(items, {each.name for each in library.playlists()}, checks)


def assert_sound(program: Program) -> Inside:
    """Every index equals the catalogue after the start, and the catalogue keeps its promises."""
    inside = look_inside(program.profile)
    wrong = [each for name, each in inside.checks.items() if not each["ok"] and name.startswith(("catalogue", "index"))]
    assert not wrong, wrong
    assert any(name.startswith("index") for name in inside.checks)
    return inside


def asked_of_holder(program: Program, *words: str) -> str | None:
    """Standard output of a command as the process that holds the library answers it; None where nobody does."""
    reply = ask(Profile.at(program.profile).address, list(words), Path.cwd(), lambda _progress: None)
    return None if reply is None else reply.output
