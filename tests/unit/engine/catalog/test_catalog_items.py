"""Items keep what people made of them, whatever becomes of their files."""

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures.readings import photo, problem, track

from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.metadata import TrackAnalysis
from desktop_app.engine.catalog.encoding import decode_name, encode_name, shown, storable
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.catalog.places import ItemMove, ItemTouch

ANALYSIS = TrackAnalysis(tempo=119.98, tempo_confidence=0.8, key="A", scale="minor", key_confidence=0.6)


def test_photo_comes_back_as_it_was_read(catalog, root, put):
    reading = photo(
        taken="2024-06-12T18:41:05+02:00",
        camera="Canon EOS R5",
        lens="RF 35mm",
        exposure_seconds=0.005,
        aperture=2.8,
        iso=400,
        focal_length_mm=35.0,
        latitude=48.1,
        longitude=-11.5,
        altitude_m=520.0,
        orientation=6,
        rating=4,
        keywords=("Beach", "Old Town"),
        title="Sunset",
        extra={"Flash": "off"},
    )
    (number,) = put({"2024/IMG_1.JPG": reading})
    detail = catalog.detail(number)
    assert detail.photo == reading.metadata
    assert detail.tags == ("Beach", "Old Town")
    assert detail.row.rating == 4
    assert detail.row.title == "Sunset"
    assert detail.row.path == root.path / "2024" / "IMG_1.JPG"
    assert detail.size == 1000
    assert detail.modified == 1_700_000_000.0
    assert detail.track is None
    assert detail.analysis is None


def test_track_comes_back_as_it_was_read(catalog, put):
    reading = track(
        analysis=ANALYSIS,
        title="So What",
        artist="Miles Davis",
        album="Kind of Blue",
        album_artist="Miles Davis",
        genre="Jazz",
        year=1959,
        track_number=1,
        disc_number=1,
        composer="Davis",
        comment="Side A",
        tagged_tempo=136.0,
        rating=5,
        has_cover=True,
        extra={"Label": "Columbia"},
    )
    (number,) = put({"so what.mp3": reading})
    detail = catalog.detail(number)
    assert detail.track == reading.metadata
    assert detail.analysis == ANALYSIS
    assert detail.row.key == "A minor"
    assert detail.row.tempo == pytest.approx(119.98)
    assert detail.photo is None


def test_title_is_the_name_where_the_file_has_none(catalog, put):
    (number,) = put({"a/IMG_7.jpg": photo()})
    assert catalog.rows([number])[0].title == "IMG_7.jpg"


def test_same_place_is_the_same_item(catalog, put):
    first = put({"a.jpg": photo("one")})
    assert put({"a.jpg": photo("two")}) == first
    assert catalog.rows(first)[0].content_hash == "two"


def test_one_batch_may_hold_a_place_twice(catalog, root):
    ids = catalog.upsert_readings(
        [ItemWrite(None, root.id, "a.jpg", photo("one")), ItemWrite(None, root.id, "a.jpg", photo("two"))]
    )
    assert ids[0] == ids[1]
    assert catalog.rows(ids[:1])[0].content_hash == "two"
    assert catalog.counts().photos == 1


def test_new_content_at_a_missing_items_place_is_a_new_item(catalog, root, put):
    (old,) = put({"a.jpg": photo("old")})
    catalog.set_states([old], State.MISSING)
    (new,) = put({"a.jpg": photo("new")})
    assert new != old
    assert catalog.items_by_paths([root.path / "a.jpg"])[root.path / "a.jpg"].id == new
    known = catalog.known_files(root.id)
    assert sorted(zip(known.relpath, known.item_id.tolist(), known.missing.tolist(), strict=True)) == [
        ("a.jpg", old, True),
        ("a.jpg", new, False),
    ]


def test_missing_item_returns_with_its_content(catalog, put):
    (old,) = put({"a.jpg": photo("same")})
    catalog.set_states([old], State.MISSING)
    assert put({"a.jpg": photo("same")}) == [old]
    assert catalog.rows([old])[0].state is State.PRESENT


def test_ids_are_never_given_again(catalog, put):
    first = put({"a.jpg": photo("a"), "b.jpg": photo("b")})
    assert catalog.remove_items(first) == 2
    assert min(put({"a.jpg": photo("a")})) > max(first)


def test_what_was_said_in_akin_goes_before_the_files_own_rating_and_keywords(catalog, put):
    (number,) = put({"a.jpg": photo("one", rating=2, keywords=("file", "gone"))})
    catalog.set_rating([number], 5)
    catalog.remove_tags([number], ["FILE"])
    catalog.add_tags([number], ["Mine"])
    put({"a.jpg": photo("two", rating=1, keywords=("file", "Mine", "More"))})
    row = catalog.rows([number])[0]
    assert (row.rating, row.tags) == (5, ("Mine", "More"))
    assert catalog.detail(number).photo.rating == 1
    catalog.set_rating([number], 0)
    put({"a.jpg": photo("three", rating=3, keywords=("file", "Mine"))})
    assert (catalog.rows([number])[0].rating, catalog.rows([number])[0].tags) == (0, ("Mine",)), "cleared in Akin"


def test_a_rating_and_keywords_that_change_in_the_file_are_followed(catalog, put):
    one, other = put({"a.jpg": photo("one", rating=3, keywords=("Rome", "old")), "b.jpg": photo("other", rating=2)})
    catalog.add_tags([one], ["Mine"])
    put({"a.jpg": photo("two", rating=5, keywords=("ROME", "Sunset")), "b.jpg": photo("other", rating=2)})
    row = catalog.rows([one])[0]
    assert (row.rating, row.tags) == (5, ("Mine", "Rome", "Sunset"))
    put({"a.jpg": photo("three", rating=4, keywords=("old",)), "b.jpg": problem()})
    rows = catalog.rows([one, other])
    assert [(row.rating, row.tags) for row in rows] == [(4, ("Mine", "old")), (2, ())]
    assert catalog.plain_items([one, other]).tolist() == [other], "what was taken over was said by nobody in Akin"


def test_a_file_that_says_nothing_any_more_takes_nothing_away(catalog, put):
    """As saved by a program that keeps no metadata, or without its sidecar."""
    (one,) = put({"a.jpg": photo("one", rating=3, keywords=("Rome",))})
    put({"a.jpg": photo("two")})
    row = catalog.rows([one])[0]
    assert (row.rating, row.tags) == (3, ("Rome",))


def test_what_a_file_says_after_it_said_nothing_for_a_while_is_followed(catalog, put):
    """A sidecar is renamed, or written anew after it was deleted; a program loses all on saving, another says it."""
    (one,) = put({"a.jpg": photo("one", rating=3, keywords=("Rome", "old"))})
    catalog.add_tags([one], ["Mine"])
    catalog.remove_tags([one], ["Rome"])
    put({"a.jpg": photo("two")})
    put({"a.jpg": photo("three", rating=5, keywords=("Rome", "Sunset"))})
    row = catalog.rows([one])[0]
    assert (row.rating, row.tags) == (5, ("Mine", "Sunset"))
    catalog.set_rating([one], 2)
    put({"a.jpg": photo("four")})
    put({"a.jpg": photo("five", rating=4)})
    assert catalog.rows([one])[0].rating == 2, "said in Akin"


def test_problem_keeps_what_was_known_and_recovers(catalog, put):
    (number,) = put({"a.jpg": photo("one", camera="Leica", rating=3, keywords=("keep",))})
    put({"a.jpg": problem()})
    row = catalog.rows([number])[0]
    assert (row.state, row.reason, row.rating, row.tags) == (State.PROBLEM, "The file is empty.", 3, ("keep",))
    assert catalog.detail(number).photo.camera == "Leica"
    put({"a.jpg": photo("two", camera="Nikon", rating=1)})
    row = catalog.rows([number])[0]
    assert (row.state, row.reason, row.rating, row.tags) == (State.PRESENT, None, 1, ("keep",))
    assert catalog.detail(number).photo.camera == "Nikon"


def test_problem_at_first_sight_is_seeded_when_it_recovers(catalog, put):
    (number,) = put({"a.jpg": problem(None)})
    assert catalog.detail(number).photo is None
    put({"a.jpg": photo(rating=4, keywords=("late",))})
    row = catalog.rows([number])[0]
    assert (row.rating, row.tags) == (4, ("late",))


def test_analysis_follows_the_samples(catalog, put):
    put({"a.mp3": track("a", payload="p:same", analysis=ANALYSIS)})
    (copy,) = put({"b.mp3": track("b", payload="p:same")})
    assert catalog.rows([copy])[0].tempo == pytest.approx(119.98)
    put({"b.mp3": track("c", payload="p:other")})
    assert catalog.rows([copy])[0].tempo is None


def test_metadata_that_no_column_holds_is_left_out(catalog, put):
    reading = photo(
        taken="yesterday", iso=2**80, aperture=float("nan"), camera="Can\ud800on\x00", rating=9, keywords=("", "\x00")
    )
    (number,) = put({"a.jpg": reading})
    found = catalog.detail(number).photo
    assert (found.taken, found.iso, found.aperture, found.camera, found.rating) == (None, None, None, "Can?on", 5)
    assert found.keywords == ()


def test_names_that_are_no_unicode_survive(catalog, root, put):
    names = [
        b"caf\xe9/\xff\xfe.jpg".decode("utf-8", "surrogateescape"),
        "\U0010f0e9.jpg",
        "\U0010f800\ud8ff.jpg",
        "quote ' \" newline\n tab\t.jpg",
        "日本語/привет.jpg",
        unicodedata.normalize("NFC", "é.jpg"),
        unicodedata.normalize("NFD", "é.jpg"),
    ]
    ids = put({name: photo(f"c{at}") for at, name in enumerate(names)})
    assert len(set(ids)) == len(names)
    assert sorted(catalog.known_files(root.id).relpath) == sorted(names)
    paths = [root.path / name for name in names]
    assert [row.path for row in catalog.rows(ids)] == paths
    assert {path: row.id for path, row in catalog.items_by_paths(paths).items()} == dict(zip(paths, ids, strict=True))
    assert catalog.rows(ids[:1])[0].title.isprintable()


@pytest.mark.parametrize("name", ["a.jpg", "é", "\udcff", "\ud800", "\U0010f000", "\U0010f800\udc80", "\U0010ffff"])
def test_encoding_is_reversible(name):
    stored = encode_name(name)
    assert stored.encode("utf-8")
    assert decode_name(stored) == name
    assert shown(stored).encode("utf-8")


def test_nothing_is_storable_as_none():
    assert storable(None) is None
    assert storable("") is None
    assert storable(" \x00 ") is None


def test_swap_in_one_batch(catalog, root, put):
    a, b = put({"a.jpg": photo("a"), "b.jpg": photo("b")})
    catalog.set_rating([a], 5)
    catalog.move_items([ItemMove(a, root.id, "b.jpg", 1, 2), ItemMove(b, root.id, "a.jpg", 3, 4)])
    rows = catalog.rows([a, b])
    assert [row.path.name for row in rows] == ["b.jpg", "a.jpg"]
    assert [row.state for row in rows] == [State.PRESENT, State.PRESENT]
    assert rows[0].rating == 5
    assert catalog.find("name:b.jpg")[1][0].id == a


def test_item_that_loses_its_place_is_missing(catalog, root, put):
    a, b = put({"a.jpg": photo("a"), "x/b.jpg": photo("b")})
    catalog.move_items([ItemMove(a, root.id, "x/b.jpg", 1, 2)])
    assert [row.state for row in catalog.rows([a, b])] == [State.PRESENT, State.MISSING]
    assert catalog.items_by_paths([root.path / "x" / "b.jpg"])[root.path / "x" / "b.jpg"].id == a
    assert all(finding.ok for finding in catalog.check())


def test_move_finds_a_missing_item_again_and_its_words(catalog, root, put):
    (number,) = put({"old/a.jpg": photo()})
    catalog.set_states([number], State.MISSING)
    catalog.move_items([ItemMove(number, root.id, "brand new/Ä.png", 1, 2)])
    row = catalog.rows([number])[0]
    assert (row.state, row.path) == (State.PRESENT, root.path / "brand new" / "Ä.png")
    assert [found.id for found in catalog.find("brand ext:png")[1]] == [number]


def test_touch_brings_back_but_does_not_mend(catalog, put):
    lost, broken = put({"a.jpg": photo("a"), "b.jpg": problem()})
    catalog.set_states([lost], State.OFFLINE)
    catalog.touch_items([ItemTouch(lost, 7, 8), ItemTouch(broken, 9, 10)])
    rows = catalog.rows([lost, broken])
    assert [row.state for row in rows] == [State.PRESENT, State.PROBLEM]
    assert [row.size for row in rows] == [7, 9]


def test_nothing_to_do_changes_nothing(catalog):
    before = catalog.sequence
    assert catalog.upsert_readings([]) == []
    catalog.move_items([])
    catalog.touch_items([])
    catalog.set_states([], State.MISSING)
    catalog.set_companions([])
    assert catalog.remove_items([]) == 0
    assert catalog.rows([]) == []
    assert catalog.paths_of([]) == {}
    assert catalog.known_items([]) == []
    assert catalog.sequence == before


def test_sequence_counts_writes(catalog, put):
    before = catalog.sequence
    put({"a.jpg": photo()})
    assert catalog.sequence == before + 1
    with catalog.transaction():
        put({"b.jpg": photo("b")})
        catalog.set_states([1], State.MISSING)
    assert catalog.sequence == before + 2


def test_transaction_is_all_or_nothing(catalog, put):
    with pytest.raises(ZeroDivisionError), catalog.transaction():
        put({"a.jpg": photo()})
        raise ZeroDivisionError
    assert catalog.counts().items == 0
    assert put({"a.jpg": photo()}) == [1]


def test_raw_hides_behind_its_photo(catalog, root, put):
    raw, jpeg, other = put({"d/IMG_1.CR2": photo("r"), "d/img_1.jpg": photo("j"), "e/IMG_1.CR2": photo("o")})
    assert catalog.pair_companions({".cr2", ".nef"}) == {raw, jpeg}
    assert [row.has_raw for row in catalog.rows([jpeg, raw, other])] == [True, False, False]
    assert [row.is_companion for row in catalog.rows([jpeg, raw, other])] == [False, True, False]
    assert catalog.detail(jpeg).companion == root.path / "d" / "IMG_1.CR2"
    assert catalog.tree().photos == 2
    before = catalog.sequence
    assert catalog.pair_companions({".cr2"}) == set()
    assert catalog.sequence == before
    catalog.set_states([jpeg], State.MISSING)
    assert catalog.pair_companions({".cr2"}) == {raw}
    assert catalog.tree().photos == 3
    assert not catalog.rows([jpeg])[0].has_raw


def test_removing_a_photo_shows_its_raw(catalog, put):
    raw, jpeg = put({"a.cr2": photo("r"), "a.jpg": photo("j")})
    catalog.set_companions([(raw, jpeg)])
    catalog.remove_items([jpeg])
    assert catalog.tree().photos == 1
    assert all(finding.ok for finding in catalog.check())


def test_known_items_by_hash(catalog, root, put):
    a, b = put({"a.jpg": photo("same", payload="p:1"), "b.jpg": photo("same", payload="p:1")})
    assert [found.id for found in catalog.items_by_content(["same", "other"])] == [a, b]
    assert [found.relpath for found in catalog.items_by_payload({"p:1"})] == ["a.jpg", "b.jpg"]
    assert catalog.items_by_content([]) == []
    known = catalog.known_items([b])[0]
    assert (known.root_id, known.state, known.kind) == (root.id, State.PRESENT, Kind.PHOTO)


def test_paths(catalog, root, put, tmp_path):
    (number,) = put({"a/b.jpg": photo()})
    assert catalog.path_of(number) == root.path / "a" / "b.jpg"
    assert catalog.path_of(99) is None
    assert not catalog.items_by_paths([Path("/elsewhere/x.jpg")])
    assert not catalog.items_by_paths([root.path / "a" / "none.jpg"])
    assert catalog.detail(99) is None


def test_rows_come_in_the_order_asked(catalog, put):
    a, b, c = put({f"{name}.jpg": photo(name) for name in "abc"})
    assert [row.id for row in catalog.rows([c, 99, a, b, a])] == [c, a, b, a]


def test_thumbnail_is_known_until_the_content_changes(catalog, put):
    (number,) = put({"a.jpg": photo("one")})
    put({"a.jpg": replace(photo("one"), has_thumbnail=False)})
    assert catalog.rows([number])[0].has_thumbnail
    put({"a.jpg": replace(photo("two"), has_thumbnail=False)})
    assert not catalog.rows([number])[0].has_thumbnail
