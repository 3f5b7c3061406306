"""The Models page over the real engine: fetching, using, switching, giving up, and what is said when that fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.media import picture, write_photo
from fixtures.model_hub import ModelHub, model_hub
from fixtures.tiny_clip import make_clip, need_torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop_app.domain.models import ModelState
from desktop_app.engine.api import EngineClient
from desktop_app.engine.library import Library
from desktop_app.engine.runs import RunControl
from desktop_app.paths import Profile
from desktop_app.ui.dialogs import preferences_models
from desktop_app.ui.dialogs.preferences_models import ModelCard, ModelsPage
from desktop_app.ui.dialogs.question import Question

PATIENCE = 100_000
PHOTOS = 5
OFFERED = "clip-ViT-B-16"  # of this one the program knows no commit


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tiny models, one large enough to be stopped in the middle, and some photos."""
    need_torch()
    folder = tmp_path_factory.mktemp("page")
    large = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 4, "num_attention_heads": 2}
    make_clip(folder / "first", seed=1, vision=large)
    make_clip(folder / "second", seed=2, dim=16)
    for number in range(PHOTOS):
        write_photo(folder / "photos" / f"{number}.jpg", picture(number))
    return folder


@pytest.fixture
def hub(made: Path) -> Iterator[ModelHub]:
    with model_hub(made / "first") as hub:
        yield hub


@pytest.fixture
def page(qtbot: QtBot, made: Path, hub: ModelHub, profile: Profile) -> Iterator[ModelsPage]:
    with Library.open(profile, jobs=1) as library:
        library.add_root(made / "photos")
        for _step in library.index(control=RunControl()):
            pass

    def opened(profile: Profile) -> Library:
        library = Library.open(profile, jobs=1)
        library.models.offers._hub = hub.url  # pyright: ignore[reportPrivateUsage]
        return library

    client = EngineClient(profile, open_library=opened)
    with qtbot.waitSignal(client.opened, timeout=PATIENCE):
        client.start()
    page = ModelsPage(client)
    qtbot.addWidget(page)
    page.resize(640, 560)
    page.show()
    qtbot.waitUntil(lambda: OFFERED in page.cards, timeout=PATIENCE)
    yield page
    page.close()
    client.shut_down()


def button(page: ModelsPage, name: str, action: str) -> QPushButton:
    return page.cards[name].buttons[action]


def click(qtbot: QtBot, page: ModelsPage, name: str, action: str) -> None:
    qtbot.waitUntil(lambda: button(page, name, action).isVisible() and button(page, name, action).isEnabled())
    qtbot.mouseClick(button(page, name, action), Qt.MouseButton.LeftButton)


def wait_for(qtbot: QtBot, page: ModelsPage, name: str, words: str) -> ModelCard:
    qtbot.waitUntil(lambda: name in page.cards and words in page.cards[name].state.text(), timeout=PATIENCE)
    return page.cards[name]


def use_own(qtbot: QtBot, page: ModelsPage, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(preferences_models, "choose_folder", lambda *_details: folder)
    qtbot.waitUntil(page.folder.isEnabled, timeout=PATIENCE)
    qtbot.mouseClick(page.folder, Qt.MouseButton.LeftButton)


def test_the_recommended_one_comes_first_and_says_why(page: ModelsPage) -> None:
    first = page._column.itemAt(0).widget()
    assert isinstance(first, ModelCard)
    assert f"{PHOTOS} photos" in first.badge.text() and first.badge.text().startswith("Recommended")
    badges = [card.badge.text() for card in page.cards.values()]
    assert sum(bool(text) for text in badges) == 1
    for card in page.cards.values():
        assert card.buttons["download"].isVisible() and not card.buttons["use"].isVisible() and not card.bar.isVisible()
        assert "licence" in card.facts.text() and "numbers" not in card.facts.text()


def give_up(qtbot: QtBot, page: ModelsPage, name: str, answer: str) -> None:
    qtbot.waitUntil(lambda: not page.findChildren(Question), timeout=PATIENCE)
    click(qtbot, page, name, "remove")
    (question,) = page.findChildren(Question)
    question.answer(answer).click()


def test_a_model_is_fetched_stopped_taken_up_used_measured_and_given_up(
    qtbot: QtBot, page: ModelsPage, hub: ModelHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.going.clear()
    click(qtbot, page, OFFERED, "download")
    qtbot.waitUntil(lambda: page.cards[OFFERED].bar.isVisible() and page.cards[OFFERED].bar.value() > 0)
    assert " of " in page.cards[OFFERED].state.text() and not button(page, OFFERED, "download").isVisible()
    click(qtbot, page, OFFERED, "cancel")
    hub.going.set()
    wait_for(qtbot, page, OFFERED, "Partly fetched")
    assert "stopped" in page.problem and button(page, OFFERED, "download").text() == "Go On"
    click(qtbot, page, OFFERED, "download")
    wait_for(qtbot, page, OFFERED, "On this computer")
    assert not page.problem

    click(qtbot, page, OFFERED, "measure")
    qtbot.waitUntil(lambda: "photos a second here" in page.cards[OFFERED].facts.text(), timeout=PATIENCE)
    click(qtbot, page, OFFERED, "use")
    card = wait_for(qtbot, page, OFFERED, "In use")
    qtbot.waitUntil(lambda: not card.bar.isVisible() and card.state.text() == "In use", timeout=PATIENCE)
    assert not button(page, OFFERED, "use").isVisible()

    give_up(qtbot, page, OFFERED, "Only Its Descriptions")
    wait_for(qtbot, page, OFFERED, "On this computer")  # its files are kept
    give_up(qtbot, page, OFFERED, "Remove")
    qtbot.waitUntil(lambda: button(page, OFFERED, "download").isVisible(), timeout=PATIENCE)


def test_a_folder_of_ones_own_is_used_and_switched_and_the_old_descriptions_are_kept(
    qtbot: QtBot, page: ModelsPage, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_own(qtbot, page, monkeypatch, made / "first")
    wait_for(qtbot, page, "first", "In use")
    assert str(made / "first") in page.cards["first"].purpose.text()
    use_own(qtbot, page, monkeypatch, made / "second")
    wait_for(qtbot, page, "second", "In use")
    assert page._column.indexOf(page.cards["second"]) == 0, "what is used is seen at once, however long the list"
    assert page._area.verticalScrollBar().value() == 0
    wait_for(qtbot, page, "first", "descriptions are kept")
    click(qtbot, page, "first", "use")
    wait_for(qtbot, page, "first", "In use")  # at once: nothing is described again
    click(qtbot, page, "first", "stop")
    wait_for(qtbot, page, "first", "descriptions are kept")
    click(qtbot, page, "first", "use")
    wait_for(qtbot, page, "first", "In use")
    found = page._list
    assert found is not None and found.named("second") is not None
    second = found.named("second")
    assert second is not None and (second.state, second.done) == (ModelState.KEPT, PHOTOS)
    give_up(qtbot, page, "second", "Remove")
    qtbot.waitUntil(lambda: "second" not in page.cards, timeout=PATIENCE)
    assert (made / "second" / "model.safetensors").is_file()


def test_what_can_not_be_used_or_fetched_is_a_sentence(
    qtbot: QtBot, page: ModelsPage, hub: ModelHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil" / "pytorch_model.bin").write_bytes(b"\x80\x02evil")
    use_own(qtbot, page, monkeypatch, tmp_path / "evil")
    qtbot.waitUntil(lambda: "Python pickle" in page.problem, timeout=PATIENCE)
    assert page.folder.isEnabled() and page.cards[OFFERED].buttons["download"].isEnabled()
    hub.shutdown()
    hub.socket.close()
    click(qtbot, page, OFFERED, "download")
    qtbot.waitUntil(lambda: "offline" in page.problem, timeout=PATIENCE)
    qtbot.waitUntil(button(page, OFFERED, "download").isVisible, timeout=PATIENCE)


def test_a_list_that_was_asked_for_before_something_was_done_is_not_shown_after_it(
    qtbot: QtBot, page: ModelsPage, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is answered by a thread of its own: the older one may come last."""
    older = page._client.fetch_models()
    with qtbot.waitSignal(page._client.models_ready, check_params_cb=lambda request, _found: request == older) as late:
        pass
    use_own(qtbot, page, monkeypatch, made / "first")
    wait_for(qtbot, page, "first", "In use")
    assert late.args is not None
    page._client.models_ready.emit(*late.args)
    assert "In use" in page.cards["first"].state.text()
