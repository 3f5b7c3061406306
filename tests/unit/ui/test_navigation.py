"""What a place is called."""

from pathlib import Path

from desktop_app.domain.browsing import Scope
from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import Kind, ScopeKind
from desktop_app.domain.search import SimilarRequest
from desktop_app.ui.navigation import Place


def title(kind: Kind | None, *items: int, files: tuple[Path, ...] = ()) -> str:
    request = SimilarRequest(files=files, items=tuple(ItemId(item) for item in items))
    place = Place(Scope(ScopeKind.ALL, "", "Library"), similar=request, kind=kind)
    return place.title.replace("\u00a0", " ")


def test_several_that_are_compared_with_are_counted_by_their_kind() -> None:
    assert title(Kind.PHOTO, 1, 2) == "Similar to 2 photos"
    assert title(Kind.TRACK, 1, files=(Path("a.mp3"),)) == "Similar to 2 tracks"
    assert title(None, 1, 2) == "Similar to 2 items"
    assert title(Kind.PHOTO, 1) == "Similar to 1 photo"
    assert title(Kind.PHOTO, files=(Path("a.jpg"),)) == "Similar to a.jpg"
