"""Photos by palette: what comes first is what people mean by these colours."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from desktop_app.domain.search import PaletteColour
from desktop_app.engine.descriptors.colour import describe_colour
from desktop_app.engine.search.colour_palette import palette_of, palette_scores, palette_target

GREY, RED, NEAR_RED, BLUE, ORANGE, GREEN = "#808080", "#ff0000", "#e8141e", "#1446b4", "#ff8c14", "#1e7832"


def picture(*parts: tuple[str, float], noise: float = 6.0, seed: int = 0) -> NDArray[np.uint8]:
    """Stripes of colours in these shares, sRGB uint8 (120, 160, 3), with a little noise."""
    random = np.random.default_rng(seed)
    edges = np.cumsum([0.0, *(share for _, share in parts)]) * 160
    pixels = np.zeros((120, 160, 3))
    for (colour, _), start, end in zip(parts, edges, edges[1:], strict=False):
        pixels[:, round(start) : round(end)] = PaletteColour.parse(colour).rgb
    return np.clip(pixels + random.normal(0, noise, pixels.shape), 0, 255).astype(np.uint8)


def scores(palette: Sequence[str], pictures: Sequence[NDArray[np.uint8]]) -> list[float]:
    """Of each picture, through the stored half precision."""
    vectors = np.stack([describe_colour(each) for each in pictures]).astype(np.float16).astype(np.float32)
    return palette_scores([PaletteColour.parse(each) for each in palette], vectors).tolist()


def test_a_pure_colour_is_found_purely() -> None:
    whole, half, trace, other = scores(
        [RED],
        [
            picture((RED, 1.0)),
            picture((RED, 0.5), (GREY, 0.5)),
            picture((RED, 0.1), (GREY, 0.9)),
            picture((ORANGE, 1.0)),
        ],
    )
    assert whole > 0.97
    assert whole > half > trace > other
    assert half == pytest.approx(0.75, abs=0.03)  # half of the picture is what was asked for, and half may be anything
    assert other < 0.2


def test_two_colours_in_equal_parts_are_both_wanted() -> None:
    both, small, only_blue, swapped = scores(
        [BLUE, ORANGE],
        [
            picture((BLUE, 0.5), (ORANGE, 0.5)),
            picture((BLUE, 0.25), (ORANGE, 0.25), (GREEN, 0.5)),
            picture((BLUE, 0.98), (ORANGE, 0.02)),
            picture((ORANGE, 0.5), (BLUE, 0.5)),
        ],
    )
    assert both > 0.97
    assert both > small > only_blue
    assert swapped == pytest.approx(both, abs=0.02)  # wherever it lies in the picture


def test_weights_tell_much_from_little() -> None:
    mostly_blue, mostly_orange = picture((BLUE, 0.9), (ORANGE, 0.1)), picture((BLUE, 0.1), (ORANGE, 0.9))
    blue_asked = scores([f"{BLUE}:90", f"{ORANGE}:10"], [mostly_blue, mostly_orange])
    orange_asked = scores([f"{BLUE}:10", f"{ORANGE}:90"], [mostly_blue, mostly_orange])
    assert blue_asked[0] > 0.95 > 0.4 > blue_asked[1]
    assert orange_asked[1] > 0.95 > 0.4 > orange_asked[0]


def test_near_reds_are_near_and_the_nearer_one_first() -> None:
    red, near, dark = scores([RED], [picture((RED, 1.0)), picture((NEAR_RED, 1.0)), picture(("#700000", 1.0))])
    assert red > near > dark
    assert near > 0.8
    assert dark < 0.5
    one_of_each = scores([RED, NEAR_RED], [picture((RED, 1.0)), picture((NEAR_RED, 1.0)), picture((GREEN, 1.0))])
    assert min(one_of_each[:2]) > 0.85
    assert one_of_each[2] < 0.05


def test_grey_is_no_colour() -> None:
    grey, light, brown, blue = scores(
        [GREY], [picture((colour, 1.0)) for colour in (GREY, "#8e8e8e", "#8b5a2b", "#4070c0")]
    )
    assert grey > 0.95
    assert grey > light > max(brown, blue)
    assert max(brown, blue) < 0.35


def test_the_index_is_asked_for_the_same_colour() -> None:
    target = palette_target([PaletteColour.parse(RED)])
    assert float(np.square(target).sum()) == pytest.approx(1.0, abs=1e-5)
    near, far = describe_colour(picture((NEAR_RED, 1.0))), describe_colour(picture((BLUE, 1.0)))
    assert float(target @ near) > 5 * float(target @ far)


def test_the_colours_of_a_photo_come_back() -> None:
    found = palette_of(describe_colour(picture((BLUE, 0.6), (ORANGE, 0.3), (GREEN, 0.1))))
    assert [round(each.weight, 1) for each in found] == [0.6, 0.3, 0.1]
    for each, expected in zip(found, (BLUE, ORANGE, GREEN), strict=True):
        np.testing.assert_allclose(each.rgb, PaletteColour.parse(expected).rgb, atol=14)
    assert len(palette_of(describe_colour(np.zeros((8, 8, 3), np.uint8)))) == 1


@pytest.mark.parametrize(
    ("text", "rgb", "weight"),
    [
        ("#ff8800", (255, 136, 0), 1.0),
        ("f80", (255, 136, 0), 1.0),
        ("#FF8800:70", (255, 136, 0), 70.0),
        ("#000:0.5%", (0, 0, 0), 0.5),
    ],
)
def test_colours_are_read_as_people_write_them(text: str, rgb: tuple[int, int, int], weight: float) -> None:
    assert PaletteColour.parse(text) == PaletteColour(rgb, weight)


@pytest.mark.parametrize("text", ["", "#12345", "reddish", "#ff8800:0", "#ff8800:-1", "#ff8800:nan", "#gggggg"])
def test_what_is_no_colour_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"no colour|no weight"):
        PaletteColour.parse(text)
