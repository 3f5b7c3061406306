"""What a scan found against what is known: by place, size and time, and the rest looked up only where they differ."""

from collections.abc import Sequence

import numpy as np
import pytest

from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.kinds import Kind, State
from desktop_app.engine.catalog.places import KnownFiles, KnownItem
from desktop_app.engine.indexing import plan
from desktop_app.engine.indexing.plan import Comparison, comparing
from desktop_app.engine.scanner import ScannedFiles

ROOT = RootId(1)


def known(*rows: tuple[int, str, int, State]) -> KnownFiles:
    """Items (id, relpath, time, state) of ten bytes."""
    return KnownFiles(
        item_id=np.array([number for number, *_ in rows], np.int64),
        size=np.full(len(rows), 10, np.int64),
        mtime_ns=np.array([time for _, _, time, _ in rows], np.int64),
        there=np.array([state in (State.PRESENT, State.PROBLEM) for *_, state in rows], np.bool_),
        missing=np.array([state is State.MISSING for *_, state in rows], np.bool_),
        relpath=[relpath for _, relpath, _, _ in rows],
    )


def scanned(*files: tuple[str, int]) -> ScannedFiles:
    """Files (relpath, time) of ten bytes."""
    return ScannedFiles(
        [relpath for relpath, _ in files], [10] * len(files), [time for _, time in files], [Kind.PHOTO] * len(files)
    )


class Items:
    """Looks items up, as the catalogue does, and notes what for."""

    def __init__(self, gone: Sequence[int] = ()) -> None:
        self.asked: list[list[int]] = []
        self.gone = gone

    def __call__(self, ids: Sequence[ItemId]) -> list[KnownItem]:
        self.asked.append(list(ids))
        return [
            KnownItem(number, ROOT, f"{number}.jpg", 10, 1, State.PRESENT, Kind.PHOTO, "c", "p")
            for number in ids
            if number not in self.gone
        ]


def compared(rows: KnownFiles, files: ScannedFiles, items: Items | None = None) -> Comparison:
    """All steps."""
    steps = comparing(ROOT, rows, files, items or Items())
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def test_only_what_differs_is_looked_up() -> None:
    items = Items()
    result = compared(
        known((1, "1.jpg", 5, State.PRESENT), (2, "2.jpg", 5, State.PROBLEM), (3, "3.jpg", 5, State.PRESENT)),
        scanned(("1.jpg", 5), ("2.jpg", 5), ("3.jpg", 6), ("new.jpg", 5)),
        items,
    )
    assert items.asked == [[3]]
    assert result.unchanged == 2
    assert [(each.file.relpath, each.item and each.item.id) for each in result.found] == [
        ("new.jpg", None),
        ("3.jpg", 3),
    ]
    assert (result.gone, result.lost, result.returned) == ([], [], [])


def test_an_item_that_left_meanwhile_takes_its_changed_file_with_it() -> None:
    """The user removed it from the library while the folder was looked through."""
    result = compared(
        known((1, "1.jpg", 5, State.PRESENT), (2, "2.jpg", 5, State.PRESENT)),
        scanned(("1.jpg", 6), ("2.jpg", 6)),
        Items(gone=[2]),
    )
    assert [each.file.relpath for each in result.found] == ["1.jpg"]


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_items_at_a_place_the_one_that_is_not_missing_has_the_file(turned: bool) -> None:
    rows = [(1, "a.jpg", 5, State.MISSING), (2, "a.jpg", 7, State.PRESENT), (3, "b.jpg", 5, State.PRESENT)]
    result = compared(known(*(rows[::-1] if turned else rows)), scanned(("a.jpg", 7), ("b.jpg", 5)))
    assert result.unchanged == 2
    assert result.gone == [1]
    assert result.lost == []


def test_an_offline_item_whose_file_is_as_it_was_returns_and_a_missing_one_elsewise_does_not() -> None:
    result = compared(
        known((1, "1.jpg", 5, State.OFFLINE), (2, "2.jpg", 5, State.MISSING), (3, "3.jpg", 5, State.MISSING)),
        scanned(("1.jpg", 5), ("2.jpg", 5), ("3.jpg", 6)),
    )
    assert result.returned == [1, 2]
    assert [(each.file.relpath, each.item) for each in result.found] == [("3.jpg", None)]
    assert result.gone == [3]


def test_a_large_comparison_is_made_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "PIECE", 3)
    monkeypatch.setattr(plan, "LOOKED_UP", 4)
    rows = [(number, f"{number}.jpg", 5, State.MISSING if number % 7 == 0 else State.PRESENT) for number in range(20)]
    items = Items()
    files = scanned(*((f"{number}.jpg", 5 + number % 2) for number in range(20) if number % 5))
    result = compared(known(*rows), files, items)
    changed = [number for number in range(20) if number % 2 and number % 5 and number % 7]
    assert [number for piece in items.asked for number in piece] == changed
    assert max(map(len, items.asked)) == 4
    assert result.returned == [14]
    assert sorted(each.file.relpath for each in result.found if each.item is None) == ["7.jpg"]
    assert sorted(result.lost) == [5, 10, 15]
    assert sorted(result.gone) == [0, 7]
    assert result.unchanged == len([number for number in range(20) if number % 2 == 0 and number % 5 and number % 7])
