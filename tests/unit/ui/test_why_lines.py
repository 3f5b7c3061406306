"""Why a hit has its score, in words."""

from pathlib import Path

from desktop_app.domain.ids import ItemId
from desktop_app.domain.search import Hit, SpaceScore
from desktop_app.ui.wording import why_lines


def said(*parts: SpaceScore) -> list[str]:
    """With plain blanks."""
    return [line.replace("\u00a0", " ") for line in why_lines(Hit(ItemId(1), Path("a.jpg"), 0.8, parts))]


def test_each_space_with_its_share() -> None:
    assert said(SpaceScore("look", 0.84, 0.95), SpaceScore("colour", 0.41, 0.05)) == [
        "Look 84 %, counts for 95 %",
        "Colours 41 %, counts for 5 %",
    ]
    assert said(SpaceScore("sound", 0.7, 1.0)) == ["Sound 70 %"]


def test_near_duplicates_and_what_is_wanted_less() -> None:
    assert said(SpaceScore("look", 0.9, 0.0), SpaceScore("phash", 0.97, 1.0)) == [
        "The same picture but for size or quality 97 %"
    ]
    assert said(SpaceScore("look", 0.5, 1.0), SpaceScore("less", 0.6, -0.2))[1] == (
        "Like what is wanted less 60 %, takes off 12 %"
    )


def test_what_does_not_count_is_not_told() -> None:
    assert said(SpaceScore("look", 0.84, 1.0), SpaceScore("colour", 0.41, 0.0)) == ["Look 84 %"]
    assert said(SpaceScore("look", 0.84, 0.997), SpaceScore("colour", 0.41, 0.003)) == ["Look 84 %"]


def test_the_same_file_needs_no_reasons() -> None:
    parts = (SpaceScore("look", 1.0, 0.0), SpaceScore("phash", 1.0, 1.0))
    assert why_lines(Hit(ItemId(1), Path("a.jpg"), 1.0, parts, identical=True)) == []
