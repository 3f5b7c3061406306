"""``akin colour`` and ``akin similar --less`` in this process."""

import json
from pathlib import Path

import numpy as np
import pytest
from fixtures.command_line import Akin, akin_on_copy, index_folder
from PIL import Image

NAMES = {"red": (205, 30, 25), "blue": (30, 70, 190), "green": (50, 140, 60), "half": (205, 30, 25)}


def paint(path: Path, colour: tuple[int, int, int], seed: int) -> None:
    """Mostly one colour, with noise; "half" is red and blue."""
    random = np.random.default_rng(seed)
    pixels = np.full((90, 120, 3), colour, np.float64)
    if path.stem == "half":
        pixels[:, 60:] = NAMES["blue"]
    noisy = np.clip(pixels + random.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(path, quality=90)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("colours")
    (folder / "photos").mkdir()
    for seed, (name, colour) in enumerate(NAMES.items()):
        paint(folder / "photos" / f"{name}.jpg", colour, seed)
    index_folder(folder / "photos", folder / "profile")
    return folder


@pytest.fixture
def akin(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Akin:
    return akin_on_copy(template / "profile", tmp_path, monkeypatch, capsys)


def test_one_colour_and_two(akin: Akin, tmp_path: Path) -> None:
    code, out, err = akin("colour", "#cd1e19", "--json", "--quiet")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert (document["kind"], document["space"], document["query"]) == ("photo", "colour", "#cd1e19:1")
    assert [Path(hit["path"]).stem for hit in document["hits"]][:2] == ["red", "half"]
    assert document["hits"][0]["score"] > 0.95 and document["hits"][0]["why"]["colour"]["weight"] == 1.0
    assert {"filter", "search", "rank", "rows"} <= set(document["timings"])
    assert [hit["close"] for hit in document["hits"]] == [True, True, False, False]
    sheet = tmp_path / "sheet.png"
    both = json.loads(akin("colour", "cd1e19:50", "1e46be:50", "-k", 2, "--out", sheet, "--json")[1])
    assert Path(both["hits"][0]["path"]).stem == "half"
    assert len(both["hits"]) == 2
    with Image.open(sheet) as picture:
        assert picture.getpixel((40, 60)) == (205, 30, 25) and picture.getpixel((190, 60)) == (30, 70, 190)


def test_filters_and_the_least_share(akin: Akin) -> None:
    found = json.loads(akin("colour", "#cd1e19", "--min", 50, "--json")[1])
    assert {Path(hit["path"]).stem for hit in found["hits"]} == {"red", "half"}
    found = json.loads(akin("colour", "#cd1e19", "--filter", "green", "--json")[1])
    assert [Path(hit["path"]).stem for hit in found["hits"]] == ["green"]
    assert found["notes"] == ["No photo has much of these colours."]


@pytest.mark.parametrize("words", [["reddish"], ["#12345"], ["#ff0000:-1"], ["#111"] * 6, []])
def test_what_is_no_palette(akin: Akin, words: list[str]) -> None:
    code, out, err = akin("colour", *words, "--quiet")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1 and "Traceback" not in err


def test_less_like_a_file(akin: Akin, template: Path) -> None:
    photos = template / "photos"
    plain = json.loads(akin("similar", photos / "half.jpg", "--json")[1])
    less = json.loads(akin("similar", photos / "half.jpg", "--less", photos / "red.jpg", "--json")[1])
    before = {Path(hit["path"]).stem: hit["score"] for hit in plain["hits"]}
    after = {Path(hit["path"]).stem: hit["score"] for hit in less["hits"]}
    assert set(before) == {"red", "blue", "green"} and set(after) == {"blue", "green"}
    assert all(after[name] <= before[name] for name in after)
    assert all("less" in hit["why"] for hit in less["hits"])
    assert akin("similar", photos / "half.jpg", "--less", photos / "none.jpg")[0] == 3
