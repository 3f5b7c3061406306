"""Listings, their sections, and a tree whose counts are those of its listings."""

import time
from itertools import product
from pathlib import Path

import pytest
from fixtures.readings import photo, problem, track

from desktop_app.domain.browsing import Counted, Listing, Scope
from desktop_app.domain.kinds import Grouping, Kind, ScopeKind, SortKey, State
from desktop_app.engine.catalog import path_order
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.catalog.listing import folder_titles
from desktop_app.engine.catalog.places import ItemMove
from desktop_app.errors import QueryError


@pytest.fixture
def library(catalog, root, put, tmp_path):
    """Names to ids of a small library with a bit of everything."""
    readings = {
        "2024/june.jpg": photo("a", taken="2024-06-12T18:00:00", camera="Canon R5", rating=5),
        "2024/june-late.jpg": photo("b", taken="2024-06-30T23:59:59", camera="canon r5", rating=1),
        "2023/deep/er/may.jpg": photo("c", taken="2023-05-01T00:00:00", camera="Nikon Z8"),
        "scan.png": photo("d"),
        "2024/june.cr2": photo("raw", taken="2024-06-12T18:00:00", camera="Canon R5"),
        "Music/1.mp3": track(
            "t1",
            title="So What",
            artist="Miles Davis",
            album="Kind of Blue",
            genre="Jazz",
            track_number=1,
            duration=560.0,
        ),
        "Music/2.mp3": track(
            "t2", title="all blues", artist="Miles Davis", album="Kind of Blue", genre="Jazz", track_number=10
        ),
        "Music/3.mp3": track(
            "t3", title="Blue in Green", artist="Miles Davis", album="Kind of Blue", genre="Jazz", track_number=2
        ),
        "Music/4.mp3": track(
            "t4",
            title="Duo",
            artist="Guest",
            album="Kind of Blue",
            album_artist="Miles Davis",
            disc_number=2,
            track_number=1,
        ),
        "Music/5.mp3": track("t5", title="Loose", artist="Ärzte"),
        "gone.jpg": photo("e", taken="2024-06-01T00:00:00"),
        "bad.jpg": problem(),
    }
    ids = dict(zip(readings, put(readings), strict=True))
    catalog.set_states([ids["gone.jpg"]], State.MISSING)
    catalog.set_companions([(ids["2024/june.cr2"], ids["2024/june.jpg"])])
    other = catalog.add_root(tmp_path / "Pictures 2")
    ids["offline.jpg"] = catalog.upsert_readings([ItemWrite(None, other.id, "offline.jpg", photo("o"))])[0]
    catalog.set_root_reachable(other.id, False)
    return ids


def names(catalog, library, **listing):
    by_id = {number: name for name, number in library.items()}
    listing.setdefault("scope", Scope(ScopeKind.ALL))
    return [by_id[number] for number in catalog.ids(Listing(**listing)).ids.tolist()]


def test_all_hides_problems_and_companions(catalog, library):
    assert set(names(catalog, library)) == set(library) - {"bad.jpg", "2024/june.cr2"}
    assert names(catalog, library, scope=Scope(ScopeKind.PROBLEMS)) == ["bad.jpg"]
    assert set(names(catalog, library, text="state:problem")) == {"bad.jpg"}
    assert names(catalog, library, text="state:offline") == ["offline.jpg"]


def test_sorted_by_date_taken(catalog, library):
    photos = Scope(ScopeKind.PHOTOS)
    assert names(catalog, library, scope=photos) == [
        "2024/june-late.jpg",
        "2024/june.jpg",
        "gone.jpg",
        "2023/deep/er/may.jpg",
        "offline.jpg",  # without a date, by path: "Pictures 2/" is before "Pictures/"
        "scan.png",
    ]
    assert names(catalog, library, scope=photos, descending=False) == [
        "2023/deep/er/may.jpg",
        "gone.jpg",
        "2024/june.jpg",
        "2024/june-late.jpg",
        "offline.jpg",
        "scan.png",
    ]


def test_sort_orders(catalog, library):
    tracks = Scope(ScopeKind.TRACKS)
    by_title = names(catalog, library, scope=tracks, sort=SortKey.TITLE, descending=False)
    assert by_title == ["Music/2.mp3", "Music/3.mp3", "Music/4.mp3", "Music/5.mp3", "Music/1.mp3"]
    by_album = names(catalog, library, scope=tracks, sort=SortKey.ALBUM, descending=False)
    assert by_album == ["Music/1.mp3", "Music/3.mp3", "Music/2.mp3", "Music/4.mp3", "Music/5.mp3"]
    assert names(catalog, library, scope=tracks, sort=SortKey.DURATION)[0] == "Music/1.mp3"
    assert names(catalog, library, sort=SortKey.RATING)[:2] == ["2024/june.jpg", "2024/june-late.jpg"]
    by_path = names(catalog, library, sort=SortKey.PATH, descending=False)
    assert by_path == ["offline.jpg", *sorted(set(by_path) - {"offline.jpg"})]


def test_every_order_lists_the_same_items_under_gapless_sections(catalog, library):
    shown = sorted(number for name, number in library.items() if name not in ("bad.jpg", "2024/june.cr2"))
    for sort, grouping, descending in product(SortKey, Grouping, (True, False)):
        reply = catalog.ids(Listing(Scope(ScopeKind.ALL), sort=sort, descending=descending, grouping=grouping))
        assert sorted(reply.ids.tolist()) == shown
        at = 0
        for section in reply.sections:
            assert section.start == at
            assert section.title
            at += section.count
        assert at == (0 if grouping is Grouping.NONE else len(reply.ids))


def test_months(catalog, library):
    reply = catalog.ids(Listing(Scope(ScopeKind.PHOTOS), grouping=Grouping.MONTH))
    assert [(section.title, section.count) for section in reply.sections] == [
        ("June 2024", 3),
        ("May 2023", 1),
        ("No date", 2),
    ]
    ascending = catalog.ids(Listing(Scope(ScopeKind.PHOTOS), grouping=Grouping.MONTH, descending=False))
    assert [section.title for section in ascending.sections] == ["May 2023", "June 2024", "No date"]


def test_albums_artists_folders(catalog, library, root):
    albums = catalog.ids(
        Listing(Scope(ScopeKind.TRACKS), sort=SortKey.ALBUM, descending=False, grouping=Grouping.ALBUM)
    )
    assert [(section.title, section.count) for section in albums.sections] == [
        ("Kind of Blue — Miles Davis", 4),
        ("No album — Ärzte", 1),
    ]
    artists = catalog.ids(Listing(Scope(ScopeKind.ALL), grouping=Grouping.ARTIST))
    assert [section.title for section in artists.sections] == ["Guest", "Miles Davis", "Ärzte", "Unknown artist"]
    folders = catalog.ids(Listing(Scope(ScopeKind.ALL), grouping=Grouping.FOLDER, sort=SortKey.NAME))
    found = {section.title: section.hint for section in folders.sections}
    assert found["2024"] == (root.path / "2024").as_posix()
    assert found["er"] == (root.path / "2023/deep/er").as_posix()


def test_folders_of_one_name_are_told_apart_by_what_they_lie_in():
    paths = ["/a/Trips/2019", "/a/Home/2019", "/a/Home", "/b/Home", "/a/Cats", "/x", "/"]
    told = ["Trips / 2019", "Home / 2019", "a / Home", "b / Home", "Cats", "x", "/"]
    assert folder_titles(paths) == told
    assert folder_titles(["/Home", "/b/Home"]) == ["/Home", "b / Home"]
    assert folder_titles(["/a", "/a"]) == ["/a", "/a"]


def test_folder_scope(catalog, library, root):
    def inside(folder):
        return set(names(catalog, library, scope=Scope(ScopeKind.FOLDER, folder)))

    assert inside(str(root.path / "2024")) == {"2024/june.jpg", "2024/june-late.jpg"}
    assert inside(str(root.path / "2023")) == {"2023/deep/er/may.jpg"}
    assert inside(str(root.path / "202")) == set()
    assert inside(str(root.path)) == set(names(catalog, library)) - {"offline.jpg"}
    assert inside(str(root.path.parent)) == set(names(catalog, library))
    assert inside("/") == set(names(catalog, library))
    assert inside("/elsewhere") == set()


def test_recent_photos(catalog, library):
    recent = Scope(ScopeKind.RECENT_PHOTOS)
    assert names(catalog, library, scope=recent)[0] == "offline.jpg"
    assert names(catalog, library, scope=recent, sort=SortKey.RATING)[0] == "2024/june.jpg"
    old = time.time() - 40 * 86400
    with catalog.transaction():
        catalog._database.run("UPDATE item SET added_at = ? WHERE id = ?", [old, library["scan.png"]])
    assert "scan.png" not in names(catalog, library, scope=recent)
    assert catalog.tree().recent_photos == 5


def test_playlist_and_given_ids_keep_their_order(catalog, library):
    wanted = [library[name] for name in ("Music/3.mp3", "gone.jpg", "Music/1.mp3", "Music/3.mp3", "bad.jpg")]
    number = catalog.save_playlist("Mine", wanted)
    playlist = Listing(Scope(ScopeKind.PLAYLIST, str(number)), sort=SortKey.MANUAL)
    assert catalog.ids(playlist).ids.tolist() == wanted
    assert names(catalog, library, scope=Scope(ScopeKind.PLAYLIST, str(number)), text="green") == ["Music/3.mp3"] * 2
    assert names(catalog, library, scope=Scope(ScopeKind.PLAYLIST, "no number")) == []
    given = Listing(Scope(ScopeKind.ITEMS), sort=SortKey.MANUAL, ids=tuple(wanted))
    assert catalog.ids(given).ids.tolist() == wanted


def test_text_filters_within_the_scope(catalog, library):
    assert names(catalog, library, scope=Scope(ScopeKind.TRACKS), text="blue -green genre:jazz title:what") == [
        "Music/1.mp3"
    ]
    with pytest.raises(QueryError):
        catalog.ids(Listing(Scope(ScopeKind.ALL), text="rating:much"))


def test_empty_values(catalog, library):
    assert set(names(catalog, library, scope=Scope(ScopeKind.DATE))) == {"scan.png", "offline.jpg"}
    assert set(names(catalog, library, scope=Scope(ScopeKind.GENRE))) == {"Music/4.mp3", "Music/5.mp3"}


def _flat(values: tuple[Counted, ...]) -> list[Counted]:
    return [found for value in values for found in (value, *_flat(value.children))]


def test_counts_of_the_tree_are_those_of_its_listings(catalog, library):
    catalog.add_tags([library["2024/june.jpg"], library["bad.jpg"], library["gone.jpg"]], ["Été"])
    catalog.add_tags([library["2024/june.cr2"], library["Music/5.mp3"]], ["été"])
    catalog.add_tags([library["bad.jpg"]], ["broken"])
    tree = catalog.tree()
    assert [(tag.value, tag.count) for tag in tree.tags] == [("broken", 0), ("Été", 3)]
    whole = [
        (ScopeKind.PHOTOS, "", tree.photos),
        (ScopeKind.TRACKS, "", tree.tracks),
        (ScopeKind.RECENT_PHOTOS, "", tree.recent_photos),
        (ScopeKind.PROBLEMS, "", tree.problems),
        (ScopeKind.MISSING, "", tree.missing),
    ]
    parts = [
        (kind, value.value, value.count)
        for kind, values in (
            (ScopeKind.DATE, tree.dates),
            (ScopeKind.CAMERA, tree.cameras),
            (ScopeKind.ARTIST, tree.artists),
            (ScopeKind.ALBUM, tree.albums),
            (ScopeKind.GENRE, tree.genres),
            (ScopeKind.FOLDER, tree.folders),
            (ScopeKind.TAG, tuple(tag for tag in tree.tags if tag.count)),
        )
        for value in _flat(values)
    ]
    assert len(parts) == 20
    for kind, value, count in whole + parts:
        assert len(catalog.ids(Listing(Scope(kind, value))).ids) == count > 0, (kind, value)


def test_tree_reads_well(catalog, library, root):
    tree = catalog.tree()
    assert [(year.label, [month.label for month in year.children]) for year in tree.dates] == [
        ("2024", ["June"]),
        ("2023", ["May"]),
    ]
    assert [camera.value for camera in tree.cameras] == ["Canon R5", "canon r5", "Nikon Z8"]
    assert [album.label for album in tree.albums] == ["Kind of Blue — Miles Davis"]
    pictures = tree.folders[0]
    assert (pictures.label, Path(pictures.value)) == ("Pictures", root.path)
    assert [folder.label for folder in pictures.children] == ["2023", "2024", "Music"]
    assert [found.items for found in tree.roots] == [12, 1]
    assert not tree.roots[1].reachable


def test_counts(catalog, library, root):
    counts = catalog.counts()
    assert (counts.photos, counts.tracks, counts.missing, counts.offline, counts.problems) == (5, 5, 1, 1, 1)
    assert counts.items == len(library)
    catalog.set_ignored(root.id, 7)
    assert catalog.counts([root.id]).offline == 0
    assert catalog.counts([root.id]).ignored == catalog.counts().ignored == 7
    assert catalog.counts([]).items == 0


def test_find(catalog, library):
    total, rows = catalog.find("", limit=3)
    assert total == len(library)
    assert len(rows) == 3
    assert catalog.find("davis", kind=Kind.TRACK)[0] == 3
    assert [row.reason for row in catalog.find("", state=State.PROBLEM)[1]] == ["The file is empty."]
    assert catalog.find("june", kind=Kind.TRACK) == (0, [])


def test_matching_ids(catalog, library):
    assert catalog.matching_ids(" ") is None
    assert catalog.matching_ids("june").tolist() == [1, 2, 5]
    assert catalog.matching_ids("nothing-like-it").tolist() == []


def test_deep_folders_are_counted_without_recursion_trouble(catalog, put):
    put({"/".join(["d"] * 1500) + "/a.jpg": photo()})
    assert catalog.tree().folders[0].count == 1


@pytest.mark.parametrize("warm", [False, True])
def test_ties_go_by_path_however_the_paths_are_ordered(catalog, put, warm):
    names = ["b/2.jpg", "b/10.jpg", "a.jpg", "b.jpg", "a b/c.jpg", "a/z.jpg", "B/1.jpg"]
    ids = dict(zip(names, put({name: photo(name, size=len(name) % 3) for name in names}), strict=True))
    if warm:
        catalog.ids(Listing(Scope(ScopeKind.ALL), sort=SortKey.PATH))
        with catalog._database.snapshot():
            path_order.keep(catalog._database)
    for descending in (False, True):
        listed = catalog.ids(Listing(Scope(ScopeKind.ALL), sort=SortKey.SIZE, descending=descending)).ids
        wanted = sorted(names, key=lambda name: ((-1 if descending else 1) * (len(name) % 3), name))
        assert listed.tolist() == [ids[name] for name in wanted]
        by_path = catalog.ids(Listing(Scope(ScopeKind.ALL), sort=SortKey.PATH, descending=descending)).ids
        assert by_path.tolist() == [ids[name] for name in sorted(names, reverse=descending)]
    assert [row.id for row in catalog.find("", limit=3)[1]] == [ids[name] for name in sorted(names)[:3]]


def test_the_kept_order_of_paths_follows_moves_and_additions(catalog, root, put):
    first, second = put({"a.jpg": photo("a"), "b.jpg": photo("b")})
    with catalog._database.snapshot():
        path_order.keep(catalog._database)
    catalog.move_items([ItemMove(first, root.id, "c.jpg", 1, 1)])
    added = put({"0.jpg": photo("n")})[0]
    assert catalog.ids(Listing(Scope(ScopeKind.ALL), sort=SortKey.PATH, descending=False)).ids.tolist() == [
        added,
        second,
        first,
    ]


def test_albums_follow_their_own_titles_or_their_artists(catalog, put):
    """As the order says: by Album the sections go by title, by Artist by artist; what has none is last both ways."""
    owners = {"Zebra": "Abba", "Apple": "Queen", "apple": "Miles Davis", "Moon": "Queen", "": "Abba"}
    put({
        f"{at}.mp3": track(f"t{at}", artist=artist, album=album or None, title=str(at))
        for at, (album, artist) in enumerate(owners.items())
    })  # fmt: skip

    def titles(sort, *, descending):
        listing = Listing(Scope(ScopeKind.TRACKS), sort=sort, descending=descending, grouping=Grouping.ALBUM)
        return [section.title for section in catalog.ids(listing).sections]

    by_title = ["apple — Miles Davis", "Apple — Queen", "Moon — Queen", "Zebra — Abba", "No album — Abba"]
    assert titles(SortKey.ALBUM, descending=False) == by_title
    assert titles(SortKey.TITLE, descending=True) == by_title
    turned = titles(SortKey.ALBUM, descending=True)
    assert [turned[0], turned[1], turned[-1]] == ["Zebra — Abba", "Moon — Queen", "No album — Abba"]
    by_artist = titles(SortKey.ARTIST, descending=False)
    assert by_artist == ["Zebra — Abba", "No album — Abba", "apple — Miles Davis", "Apple — Queen", "Moon — Queen"]
    assert titles(SortKey.ARTIST, descending=True)[:2] == ["Apple — Queen", "Moon — Queen"]
    assert [album.label for album in catalog.tree().albums] == by_title[:-1]


def test_by_genre_with_what_has_none_last_both_ways(catalog, put):
    genres = {"1.mp3": "Rock", "2.mp3": "Jazz", "3.mp3": None}
    put({name: track(name, genre=genre, artist="A") for name, genre in genres.items()})
    for grouping, descending, order in product(
        (Grouping.NONE, Grouping.GENRE), (False, True), (["Jazz", "Rock", "No genre"],)
    ):
        listing = Listing(Scope(ScopeKind.TRACKS), sort=SortKey.GENRE, descending=descending, grouping=grouping)
        reply = catalog.ids(listing)
        told = [genres[row.path.name] or "No genre" for row in catalog.rows(reply.ids.tolist())]
        expected = [*reversed(order[:2]), order[2]] if descending else order
        assert told == expected
        assert [section.title for section in reply.sections] in ([], expected)
