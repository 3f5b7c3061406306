"""Help ▸ Library Health: what it shows, copies, checks and repairs."""

from dataclasses import replace
from pathlib import Path

import pytest
from gui.panel_engine import PanelEngine
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from desktop_app.domain.health import Durations, HealthCheck, IndexHealth, LibraryHealth, SpaceHealth
from desktop_app.domain.kinds import Kind
from desktop_app.domain.progress import Phase, Progress
from desktop_app.ui.dialogs.health import HealthDialog
from desktop_app.ui.dialogs.health_sections import FINE, UNCHECKED, as_text, parts

INDEX = IndexHealth("look", "IVF1024, fp16", 900_000, 512_000_000, 3, 1024, 32, 0.991, 100, 4.2, False, None)
HEALTH = LibraryHealth(
    photos=950_000, tracks=48_000, missing=3, offline=0, problems=2,
    spaces=(
        SpaceHealth("look", "Look", Kind.PHOTO, 2, 256, 900_000, 950_000, INDEX),
        SpaceHealth("fingerprint", "Fingerprint", Kind.TRACK, 1, 0, 48_000, 48_000, None),
    ),
    searches=Durations(120, 12.5, 31.0, 48.0),
    stages={"search": Durations(120, 4.0, 9.0, 11.0), "search look": Durations(120, 3.0, 8.0, 1084.0)},
    memory_bytes=600_000_000, mapped_bytes=700_000_000, catalogue_bytes=3_700_000_000, index_bytes=740_000_000,
    preparing=False, recommendations=(),
)  # fmt: skip
BROKEN = HealthCheck("index: look", False, "3 vectors are not in it.")


@pytest.fixture
def engine(qtbot: QtBot, tmp_path: Path) -> PanelEngine:
    made = PanelEngine(tmp_path)
    made.health = HEALTH
    return made


@pytest.fixture
def dialog(qtbot: QtBot, engine: PanelEngine) -> HealthDialog:
    made = HealthDialog(engine)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: bool(made.text))
    return made


def shown(dialog: HealthDialog) -> list[str]:
    return [label.text().replace("\u00a0", " ") for label in dialog.findChildren(QLabel) if not label.isHidden()]


def test_spaces_searches_and_memory_are_shown(dialog: HealthDialog) -> None:
    said = shown(dialog)
    assert "950,000 photos and 48,000 tracks · 3 missing · 2 problems" in said
    for text in ("Look", "IVF1024, fp16", "4.2 ms", "31 ms", UNCHECKED):
        assert text in said
    assert any("of 950,000 photos" in text for text in said)
    assert "    of these in “Look”" in said and "1.1 s" in said


def test_copies_all_of_it(dialog: HealthDialog) -> None:
    dialog.copy.click()
    copied = QApplication.clipboard().text()
    for part in parts(HEALTH):
        assert part.title in copied
        assert all(cell in copied for row in part.rows for cell in row)


def test_advice_stands_first() -> None:
    advised = replace(HEALTH, recommendations=("Add memory.",), preparing=True)
    text = as_text(advised, (BROKEN,))
    assert text.index("Add memory.") < text.index("Descriptions")
    assert FINE not in text and "not fine index: look" in text and "brought up to date" in text


def test_what_is_broken_can_be_repaired(qtbot: QtBot, engine: PanelEngine, dialog: HealthDialog) -> None:
    assert dialog.repair.isHidden()
    engine.checks = (BROKEN, HealthCheck("room", True, "40 GB are free."))
    dialog.check.click()
    qtbot.waitUntil(lambda: not dialog.repair.isHidden())
    assert "Index: look: 3 vectors are not in it." in shown(dialog)
    engine.checks = (replace(BROKEN, repaired=True),)
    dialog.repair.click()
    qtbot.waitUntil(lambda: dialog.repair.isHidden())
    assert engine.asked("examine") == [(False,), (True,)]
    assert "Index: look: 3 vectors are not in it. (repaired)" in shown(dialog)


def test_it_says_whether_anything_was_checked(qtbot: QtBot, engine: PanelEngine, dialog: HealthDialog) -> None:
    assert UNCHECKED in shown(dialog) and FINE not in shown(dialog)
    engine.checks = (HealthCheck("room", True, "40 GB are free."),)
    dialog.check.click()
    qtbot.waitUntil(lambda: FINE in shown(dialog))
    assert UNCHECKED not in shown(dialog)


def test_checks_show_how_far_they_are_and_can_be_stopped(engine: PanelEngine, dialog: HealthDialog) -> None:
    assert dialog.stop.isHidden() and dialog.progress.isHidden()
    dialog.check.click()
    engine.progress_changed.emit(Progress(Phase.CHECKING, 3, 9))
    assert (dialog.progress.value(), dialog.progress.maximum()) == (3, 9)
    dialog.stop.click()
    assert engine.asked("stop_examining") == [()] and not dialog.stop.isEnabled()


def test_closing_stops_the_checks(engine: PanelEngine, dialog: HealthDialog) -> None:
    dialog.check.click()
    dialog.accept()
    assert engine.asked("stop_examining") == [()]


def test_only_what_can_be_made_again_is_offered(qtbot: QtBot, engine: PanelEngine, dialog: HealthDialog) -> None:
    engine.checks = (HealthCheck("room", False, "Little room is left."),)
    dialog.check.click()
    qtbot.waitUntil(lambda: "Room: Little room is left." in shown(dialog))
    assert dialog.repair.isHidden()
