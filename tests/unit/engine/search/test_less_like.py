"""More like this, less like that."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures.catalogue_double import FUSION, CatalogueDouble, project, vectors_of

from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import Kind
from desktop_app.domain.search import SearchReply, SimilarRequest
from desktop_app.engine.index import IndexStore
from desktop_app.engine.search.less_like import LESS, STRENGTH
from desktop_app.engine.search.similar import SimilarSearch
from desktop_app.errors import KnownError


@pytest.fixture
def library(tmp_path: Path) -> Iterator[CatalogueDouble]:
    """Sixty photos, two tracks."""
    store = IndexStore(tmp_path, project)
    made = CatalogueDouble(store)
    for item in range(1, 61):
        made.add(item, Kind.PHOTO)
    for item in (101, 102):
        made.add(item, Kind.TRACK)
    yield made
    store.close()


def asked(library: CatalogueDouble, request: SimilarRequest) -> SearchReply:
    return SimilarSearch(lambda: library, library.store, None, FUSION).run(request)


def test_what_is_like_an_unwanted_example_comes_later(library: CatalogueDouble) -> None:
    plain = asked(library, SimilarRequest(items=(ItemId(1),), k=59))
    first = plain.hits[0].id
    twin = library.add(70, Kind.PHOTO, vectors_of(Kind.PHOTO, int(first)))
    before = [hit.id for hit in asked(library, SimilarRequest(items=(ItemId(1),), k=60)).hits]
    reply = asked(library, SimilarRequest(items=(ItemId(1),), less_items=(first,), k=60))
    after = [hit.id for hit in reply.hits]
    assert first not in after  # an example is no hit
    assert after.index(twin.id) > before.index(twin.id)
    scores = [hit.score for hit in reply.hits]
    assert scores == sorted(scores, reverse=True)


def test_the_reasons_say_what_was_taken_off(library: CatalogueDouble) -> None:
    plain = {hit.id: hit.score for hit in asked(library, SimilarRequest(items=(ItemId(1),), k=59)).hits}
    reply = asked(library, SimilarRequest(items=(ItemId(1),), less_items=(ItemId(9), ItemId(11)), k=57))
    for hit in reply.hits:
        assert hit.score == pytest.approx(sum(part.weight * part.similarity for part in hit.parts), abs=1e-4)
        less = hit.parts[-1]
        assert less.space == LESS and less.weight <= 0
        assert hit.score == pytest.approx(plain[hit.id] * (1 - STRENGTH * less.similarity), abs=1e-3)


def test_the_nearest_of_several_counts(library: CatalogueDouble) -> None:
    one = asked(library, SimilarRequest(items=(ItemId(1),), less_items=(ItemId(9),), k=59)).hits
    other = asked(library, SimilarRequest(items=(ItemId(1),), less_items=(ItemId(11),), k=59)).hits
    both = asked(library, SimilarRequest(items=(ItemId(1),), less_items=(ItemId(9), ItemId(11)), k=57)).hits
    likeness = [{hit.id: hit.parts[-1].similarity for hit in hits} for hits in (one, other, both)]
    shared = np.array([[each.get(hit.id, np.nan) for each in likeness] for hit in both if hit.id not in (9, 11)])
    np.testing.assert_allclose(np.nanmax(shared[:, :2], axis=1), shared[:, 2], atol=1e-5)


def test_a_track_is_no_example_for_photos(library: CatalogueDouble) -> None:
    with pytest.raises(KnownError, match="one kind"):
        asked(library, SimilarRequest(items=(ItemId(1),), less_items=(ItemId(101),)))


def test_an_example_that_cannot_be_read_is_told(library: CatalogueDouble) -> None:
    missing = Path("/elsewhere/none.jpg")
    reply = asked(library, SimilarRequest(items=(ItemId(1),), less_files=(missing,), k=5))
    assert len(reply.hits) == 5
    assert missing in {Path(path) for path in reply.unreadable}
