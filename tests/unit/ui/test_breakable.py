"""Where a line may end in a long name: never within what people see as one letter."""

import unicodedata

import pytest

from desktop_app.ui.wording import breakable

BREAK = "\u200b"
FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
WAVING = "\U0001f44b\U0001f3fd"
HEART = "\u2764\ufe0f"
FLAG = "\U0001f1e9\U0001f1ea"


def test_long_names_end_a_line_anywhere_and_short_ones_nowhere() -> None:
    assert breakable("a" * 24) == BREAK.join("a" * 24)
    assert breakable("short name.jpg") == "short name.jpg"


def test_after_each_slash() -> None:
    assert breakable("/home/ann/a.jpg") == f"/{BREAK}home/{BREAK}ann/{BREAK}a.jpg"


@pytest.mark.parametrize(
    "sign", [unicodedata.normalize("NFD", "é"), unicodedata.normalize("NFD", "각"), "का", FAMILY, WAVING, HEART, FLAG]
)
def test_never_within_a_letter(sign: str) -> None:
    """Names are decomposed as macOS writes them: an accent of its own line would stand on nothing."""
    assert breakable(sign * 24).split(BREAK) == [sign] * 24
    assert breakable(f"{'x' * 24}{sign}").split(BREAK) == [*"x" * 24, sign]


def test_a_mark_stays_with_the_slash_before_it() -> None:
    assert breakable("a/\u0301b/") == "a/\u0301b/"
