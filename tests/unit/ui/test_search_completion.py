"""What a search may go on with at the cursor."""

import pytest

from desktop_app.domain.browsing import Counted, LibraryTree
from desktop_app.ui.panels.search_completion import MOST, SearchCompletion


@pytest.fixture
def completion() -> SearchCompletion:
    made = SearchCompletion()
    many = tuple(Counted(f"many {number}", f"many {number}", number) for number in range(40))
    made.show(
        LibraryTree(
            photos=1, tracks=1, recent_photos=0, problems=0, dates=(), cameras=(Counted("FUJIFILM X-T4", "", 3),),
            artists=(Counted("Nina Simone", "", 1), Counted("Beyoncé", "", 2), Counted('The "Q"', "", 1)),
            albums=(Counted("Nina Simone\0Pastel Blues", "", 1), Counted("Other\0Pastel Blues", "", 1)),
            genres=(Counted("Drum & Bass", "", 1),), folders=(), playlists=(), roots=(),
            tags=(Counted("bench", "", 1), Counted("beach", "", 9), Counted("Sylt beach", "", 20), *many),
        )
    )  # fmt: skip
    return made


@pytest.mark.parametrize(
    ("before", "typed", "offers"),
    [
        ("", 0, []),
        ("t", 1, []),
        ("ta", 2, ["taken:", "tag:"]),
        ("red -GEN", 3, ["genre:"]),
        ("rating:>=4 tag:be", 6, ["tag:beach", "tag:bench", 'tag:"Sylt beach"']),
        ("-tag:bea", 7, ["tag:beach", 'tag:"Sylt beach"']),
        ("tag:bench", 9, []),
        ("artist:beyonce", 14, ["artist:Beyoncé"]),
        ('artist:"nina s', 14, ['artist:"Nina Simone"']),
        ('artist:"Nina Simone"', 0, []),
        ("artist:q", 8, []),
        ("camera:x-", 9, ['camera:"FUJIFILM X-T4"']),
        ("album:pas", 9, ['album:"Pastel Blues"']),
        ("genre:bass", 10, ['genre:"Drum & Bass"']),
        ("genre:drum", 10, ['genre:"Drum & Bass"']),
        ("kind:", 5, ["kind:photo", "kind:track"]),
        ("state:mis", 9, ["state:missing"]),
        ("nothing:x", 9, []),
        ("tag:(beach,be", 0, []),
    ],
)
def test_what_is_offered(completion: SearchCompletion, before: str, typed: int, offers: list[str]) -> None:
    assert completion.offers(before)[1] == offers
    if offers:
        assert completion.offers(before)[0] == typed


def test_of_many_the_most_frequent_are_offered(completion: SearchCompletion) -> None:
    assert completion.offers("tag:many")[1] == [f'tag:"many {number}"' for number in range(39, 39 - MOST, -1)]
