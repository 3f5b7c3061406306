"""``akin models`` and ``akin spaces`` on a small library with a tiny model, in this process and as users start them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.command_line import Akin, Document, akin_on_copy, documents_of, index_folder
from fixtures.media import picture, write_photo
from fixtures.tiny_clip import make_clip, need_torch

PHOTOS = 14
REPOSITORY = Path(__file__).resolve().parents[2]


def started(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own."""
    command = [sys.executable, "-m", "desktop_app", "--profile", str(folder / "profile"), *words]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A folder with media, a model and a profile that uses it; and how ``akin models use`` ended."""
    need_torch()
    folder = tmp_path_factory.mktemp("used")
    make_clip(folder / "tiny-clip", seed=1)
    for seed in range(PHOTOS):
        write_photo(folder / "media" / f"photo{seed:02}.jpg", picture(seed))
    index_folder(folder / "media", folder / "profile")
    return folder, started(folder, "models", "use", str(folder / "tiny-clip"))


@pytest.fixture
def akin(
    used: tuple[Path, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Akin:
    return akin_on_copy(used[0] / "profile", tmp_path, monkeypatch, capsys)


@pytest.fixture
def document(akin: Akin) -> Document:
    return documents_of(akin)


@pytest.mark.parametrize("words", ["list", "spaces", "models list", "show {photo}"])
def test_a_command_ends_without_a_word_on_standard_error(used: tuple[Path, object], words: str) -> None:
    photo = used[0] / "media" / "photo03.jpg"
    done = started(used[0], *(word.format(photo=photo) for word in words.split()))
    assert (done.returncode, done.stderr) == (0, "") and done.stdout


def test_what_is_asked_wrongly_is_a_sentence(akin: Akin) -> None:
    for words, said in (
        (("spaces", "map", "nothing", "--out", "m.csv"), "no space"),
        (("spaces", "map", "look", "--out", "m.txt"), ".csv or .png"),
        (("spaces", "compare", "look"), "two spaces"),
        (("spaces", "compare", "look", "sound"), "one kind"),
        (("models", "use", "no-such-model"), "no model and no folder"),
        (("models", "use", "clip-ViT-B-32"), "models download"),
        (("models", "remove", "no-such-model"), "no model"),
        (("models", "download", "no-such-model"), "on offer"),
    ):
        code, out, err = akin(*words)
        assert code != 0 and not out and err.count("\n") == 1 and said in err, words


def test_words_that_match_nothing_look_into_the_pictures_or_say_that_a_model_could(
    akin: Akin, document: Document
) -> None:
    found = document("find", "dog on a beach", "-k", 3)
    assert found["by"] == "meaning" and len(found["hits"]) == 3
    assert akin("models", "use", "none")[0] == 0
    code, out, err = akin("find", "dog on a beach")
    assert (code, out) == (0, "0 items\n") and err.count("\n") == 1 and "Preferences ▸ Models" in err
    assert akin("find", "rating:5")[2] == ""


def test_none_and_remove(document: Document, used: tuple[Path, object]) -> None:
    assert document("models", "use", "none") == {"used": None}
    assert "meaning" not in {space["name"] for space in document("spaces")["spaces"]}
    assert document("models", "remove", "tiny-clip") == {"removed": "tiny-clip"}
    assert "tiny-clip" not in {model["name"] for model in document("models", "list")["models"]}
    assert (used[0] / "tiny-clip" / "model.safetensors").is_file()


def test_a_model_is_measured_on_the_librarys_own_photos(document: Document) -> None:
    measured = document("models", "benchmark", "tiny-clip")
    assert measured["images"] == PHOTOS and measured["device"] == "cpu"
    assert measured["library_seconds"] == pytest.approx(PHOTOS / measured["images_per_second"], rel=0.1, abs=0.11)
    listed = next(m for m in document("models", "list")["models"] if m["name"] == "tiny-clip")
    assert listed["images_per_second"] == measured["images_per_second"]
    assert document("models", "recommend")["recommended"] == "clip-ViT-L-14"
