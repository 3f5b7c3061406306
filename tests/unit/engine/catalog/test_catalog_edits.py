"""Ratings, tags and playlists: what people made, and how it is undone."""

import pytest
from fixtures.readings import photo, track

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.kinds import State
from desktop_app.errors import KnownError, UsageError


@pytest.fixture
def ids(put):
    """Three tracks."""
    return put({f"{name}.mp3": track(name, duration=60.0) for name in "abc"})


def test_rating_names_what_changed(catalog, ids):
    assert catalog.set_rating(ids, 3) == ChangeSet(items=frozenset(ids))
    assert catalog.set_rating(ids, 3) == ChangeSet()
    assert catalog.set_rating([ids[0], 99], 0).items == {ids[0]}
    assert [row.rating for row in catalog.rows(ids)] == [0, 3, 3]
    with pytest.raises(UsageError):
        catalog.set_rating(ids, 6)


def test_tags_keep_their_spelling_and_ignore_case(catalog, ids):
    change = catalog.add_tags(ids[:2], ["Été", "été", "Road Trip", " ", "a\x00b"])
    assert (change.items, change.tags) == (set(ids[:2]), True)
    assert catalog.tags_of(ids) == {ids[0]: ("ab", "Été", "Road Trip"), ids[1]: ("ab", "Été", "Road Trip")}
    assert catalog.add_tags(ids, ["ROAD trip"]).items == {ids[2]}
    assert catalog.tag_names() == [("ab", 2), ("Été", 2), ("Road Trip", 3)]
    assert not catalog.add_tags(ids, ["road trip"])
    assert catalog.remove_tags(ids, ["ETE"]).items == set(ids[:2])
    assert not catalog.remove_tags(ids, ["ete", "unheard of"])
    assert catalog.tree().tags[0].value == "ab"


def test_edits_do_not_make_indexes_stale(catalog, ids):
    before = catalog.sequence
    catalog.set_rating(ids, 2)
    catalog.add_tags(ids, ["x"])
    catalog.save_playlist("P", ids)
    assert catalog.sequence == before


def test_playlist_keeps_order_and_duplicates(catalog, ids):
    a, b, c = ids
    number = catalog.save_playlist("Évening", [c, a, c])
    assert catalog.playlist_items(number).tolist() == [c, a, c]
    catalog.append_to_playlist(number, [b, 99, b])
    assert catalog.playlist_items(number).tolist() == [c, a, c, b, b]
    catalog.replace_playlist(number, [b, a])
    assert catalog.playlist_items(number).tolist() == [b, a]
    assert catalog.detail(a).playlists == ((number, "Évening"),)


def test_missing_tracks_keep_their_place(catalog, ids):
    number = catalog.save_playlist("P", ids)
    catalog.set_states(ids[:1], State.MISSING)
    assert catalog.playlist_items(number).tolist() == ids
    info = catalog.playlists()[0]
    assert (info.tracks, info.minutes) == (3, 2.0)
    catalog.remove_items(ids[:1])
    assert catalog.playlist_items(number).tolist() == ids[1:]


def test_names_are_one_whatever_their_case(catalog, ids):
    number = catalog.save_playlist("Late Night", ids)
    assert catalog.save_playlist("late night", ids[:1]) == number
    assert [(info.name, info.tracks) for info in catalog.playlists()] == [("late night", 1)]
    other = catalog.save_playlist("Other", [])
    with pytest.raises(KnownError, match="already a playlist"):
        catalog.rename_playlist(other, "LATE NIGHT")
    catalog.rename_playlist(number, "LATE NIGHT")
    assert catalog.playlist_by_name("late night").name == "LATE NIGHT"
    assert catalog.playlist_by_name("none") is None
    catalog.delete_playlist(number)
    assert [info.id for info in catalog.playlists()] == [other]
    assert catalog.save_playlist("third", []) > other


def test_playlist_that_is_gone_or_nameless(catalog, ids):
    for attempt in (
        lambda: catalog.append_to_playlist(7, ids),
        lambda: catalog.replace_playlist(7, ids),
        lambda: catalog.rename_playlist(7, "x"),
        lambda: catalog.save_playlist(" ", ids),
    ):
        with pytest.raises(KnownError):
            attempt()


def test_meta(catalog):
    assert catalog.meta("library") is None
    catalog.put_meta("library", "one")
    catalog.put_meta("library", "two")
    assert catalog.meta("library") == "two"


def test_edits_of_nothing(catalog, put):
    (number,) = put({"a.jpg": photo()})
    assert not catalog.set_rating([], 3)
    assert not catalog.add_tags([number], [])
    assert not catalog.remove_tags([], ["x"])
    assert not catalog.log.rate([], 3) and not catalog.log.tag([number], [], ["x"]) and catalog.log.last() is None
