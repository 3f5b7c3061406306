"""Colours by name."""

import pytest

from desktop_app.domain.colours import NAMED, colour_by_name, name_of_colour


@pytest.mark.parametrize("name", NAMED)
def test_a_named_colour_is_its_own_nearest_name(name: str) -> None:
    code = NAMED[name]
    assert colour_by_name(name.upper()) == code
    assert name_of_colour((int(code[1:3], 16), int(code[3:5], 16), int(code[5:], 16))) == name.lower()


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((255, 0, 0), "red"),
        ((0, 0, 255), "blue"),
        ((255, 255, 255), "white"),
        ((10, 10, 10), "black"),
        ((128, 128, 128), "grey"),
    ],
)
def test_pure_colours_have_the_expected_names(rgb: tuple[int, int, int], name: str) -> None:
    assert name_of_colour(rgb) == name


def test_other_words_are_no_colours() -> None:
    assert colour_by_name("blueish") is None
    assert colour_by_name("gray") == NAMED["Grey"]
