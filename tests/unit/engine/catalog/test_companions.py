"""What was said of a RAW, or of the photo that was made of it, is to be seen at the one that is shown."""

import pytest
from fixtures.readings import photo

from desktop_app.domain.kinds import State
from desktop_app.engine.catalog.places import ItemMove

RAWS = {".cr2"}


def test_a_photo_made_of_a_rated_raw_shows_its_stars(catalog, put):
    (raw,) = put({"IMG_1.cr2": photo("r")})
    catalog.set_rating([raw], 5)
    catalog.add_tags([raw], ["Best"])
    catalog.pair_companions(RAWS)
    (made,) = put({"IMG_1.jpg": photo("j")})
    assert catalog.pair_companions(RAWS) == {raw, made}
    assert (catalog.rows([made])[0].rating, catalog.detail(made).tags) == (5, ("Best",))
    assert catalog.find("rating:5 tag:best kind:photo")[0] == 2
    assert catalog.rows([raw])[0].rating == 5


def test_a_raw_whose_photo_was_deleted_shows_the_stars_of_both(catalog, put):
    raw, made = put({"IMG_1.cr2": photo("r"), "IMG_1.jpg": photo("j")})
    catalog.pair_companions(RAWS)
    catalog.set_rating([made], 4)
    catalog.add_tags([made], ["Rome"])
    catalog.set_states([made], State.MISSING)
    assert catalog.pair_companions(RAWS) == {raw}
    assert (catalog.rows([raw])[0].rating, catalog.detail(raw).tags) == (4, ("Rome",))
    catalog.set_states([made], State.PRESENT)
    catalog.pair_companions(RAWS)
    assert (catalog.rows([made])[0].rating, catalog.detail(made).tags) == (4, ("Rome",))


def test_a_raw_whose_photo_was_taken_out_shows_the_stars_of_both(catalog, put):
    """By Akin's trash, or removed from the library: that can be undone, and done again."""
    raw, made = put({"IMG_1.cr2": photo("r"), "IMG_1.jpg": photo("j")})
    catalog.pair_companions(RAWS)
    catalog.set_rating([made], 4)
    catalog.add_tags([made], ["Rome"])
    assert catalog.log.remove([made]).change.items == {made}
    assert (catalog.rows([raw])[0].rating, catalog.detail(raw).tags) == (4, ("Rome",))
    catalog.log.undo(catalog.log.last())
    assert (catalog.rows([raw])[0].rating, catalog.detail(raw).tags) == (0, ())
    assert (catalog.rows([made])[0].rating, catalog.detail(made).tags) == (4, ("Rome",))
    catalog.log.redo(catalog.log.next())
    assert (catalog.rows([raw])[0].rating, catalog.detail(raw).tags) == (4, ("Rome",))
    catalog.log.undo(catalog.log.last())
    assert catalog.log.remove([raw, made]).change.items == {raw, made}
    catalog.log.undo(catalog.log.last())
    assert [row.rating for row in catalog.rows([raw, made])] == [0, 4]


def test_each_keeps_what_was_said_of_itself(catalog, put):
    raw, made = put({"IMG_1.cr2": photo("r"), "IMG_1.jpg": photo("j")})
    catalog.set_rating([raw], 2)
    catalog.set_rating([made], 4)
    catalog.add_tags([raw], ["Raw"])
    catalog.add_tags([made], ["Made"])
    catalog.pair_companions(RAWS)
    catalog.set_states([made], State.MISSING)
    catalog.pair_companions(RAWS)
    assert [row.rating for row in catalog.rows([raw, made])] == [2, 4]
    assert [catalog.detail(each).tags for each in (raw, made)] == [("Raw",), ("Made",)]


def test_a_pair_of_which_nothing_is_said(catalog, put):
    raw, made = put({"IMG_1.cr2": photo("r"), "IMG_1.jpg": photo("j")})
    assert catalog.pair_companions(RAWS) == {raw, made}
    assert [row.rating for row in catalog.rows([raw, made])] == [0, 0]
    assert catalog.pair_companions(RAWS) == set()


def test_another_photo_that_got_the_name_of_a_raw_is_no_pair_with_it(catalog, put):
    """Numbers of cameras start again: a photo of another year is put beside a RAW that was rated."""
    raw, made, other = put(
        {
            "IMG_1.cr2": photo("r", taken="2019-06-12T18:41:05"),
            "IMG_1.jpg": photo("j", taken="2024-01-02T10:00:00"),
            "IMG_1.png": photo("p", taken="2019-06-12T16:41:05", format="PNG"),
        }
    )
    catalog.set_rating([raw], 5)
    assert catalog.pair_companions(RAWS) == {raw, other}
    assert [row.rating for row in catalog.rows([raw, made, other])] == [5, 0, 5]
    catalog.set_states([other], State.MISSING)
    assert catalog.pair_companions(RAWS) == {raw}
    assert catalog.rows([made])[0].rating == 0


def rated_pair(catalog, put):
    """A RAW and its photo, of which three stars and Rome are said."""
    raw, made = put({"IMG_1.cr2": photo("r"), "IMG_1.jpg": photo("j")})
    catalog.pair_companions(RAWS)
    catalog.log.rate([made], 3)
    catalog.log.tag([made], ["Rome"], [])
    return raw, made


def gone_and_back(catalog, made, state):
    catalog.set_states([made], state)
    catalog.pair_companions(RAWS)


def test_what_was_taken_over_is_replaced_by_what_is_said_later(catalog, put):
    """The photo is deleted, brought back, rated otherwise and deleted again."""
    raw, made = rated_pair(catalog, put)
    gone_and_back(catalog, made, State.MISSING)
    gone_and_back(catalog, made, State.PRESENT)
    catalog.log.rate([made], 5)
    catalog.log.tag([made], ["Best"], ["rome"])
    assert catalog.log.last().label == "Tag 1 Photo"
    gone_and_back(catalog, made, State.MISSING)
    assert (catalog.rows([raw])[0].rating, catalog.detail(raw).tags) == (5, ("Best",))
    for _edit in range(2):
        catalog.log.undo(catalog.log.last())
    assert [(row.rating, row.tags) for row in catalog.rows([raw, made])] == [(3, ("Rome",))] * 2


def test_what_was_said_of_the_raw_itself_stays(catalog, put):
    raw, made = rated_pair(catalog, put)
    gone_and_back(catalog, made, State.MISSING)
    catalog.log.rate([raw], 1)
    catalog.log.tag([raw], ["Dust"], [])
    gone_and_back(catalog, made, State.PRESENT)
    catalog.log.rate([made], 5)
    catalog.log.tag([made], ["Best"], [])
    gone_and_back(catalog, made, State.MISSING)
    assert (catalog.rows([raw])[0].rating, set(catalog.detail(raw).tags)) == (1, {"Rome", "Dust"})


@pytest.mark.parametrize("taken", [None, "2024-06-12T18:41:0"], ids=["unknown when", "taken some seconds apart"])
def test_pairs_that_are_renumbered_one_file_after_the_other(catalog, put, taken):
    """Neighbours stand beside each other for a moment, and get nothing of each other.

    What was said of a RAW itself goes to the photo beside it where nobody knows when they were taken.
    """

    def of(name, number):
        return photo(f"{name}{number}", taken=taken and f"{taken}{3 * number}")

    ids = put({f"{number}.{end}": of(end, number) for number in (1, 2, 3) for end in ("cr2", "jpg")})
    by_name = {f"{number}.{end}": ids.pop(0) for number in (1, 2, 3) for end in ("cr2", "jpg")}
    catalog.pair_companions(RAWS)
    catalog.log.rate([by_name["3.jpg"], *([by_name["2.cr2"]] if taken else [])], 5)
    root = catalog.roots()[0].id
    for name in ("3.jpg", "2.jpg", "1.jpg", "3.cr2", "2.cr2", "1.cr2"):
        number, end = name.split(".")
        catalog.move_items([ItemMove(by_name[name], root, f"{int(number) + 1}.{end}", 1, 1)])
        catalog.pair_companions(RAWS)
    rated = {name for name, item in by_name.items() if catalog.rows([item])[0].rating}
    assert rated == ({"2.cr2", "2.jpg", "3.cr2", "3.jpg"} if taken else {"3.jpg"})


def test_a_pair_that_is_parted_has_the_stars_on_both(catalog, put):
    """The photos are moved to a folder of their own."""
    moment = "2024-06-12T18:41:05"
    raw, made = put({"1.cr2": photo("r", taken=moment), "1.jpg": photo("j", taken=moment)})
    catalog.pair_companions(RAWS)
    catalog.log.rate([made], 4)
    catalog.move_items([ItemMove(made, catalog.roots()[0].id, "jpg/1.jpg", 1, 1)])
    catalog.pair_companions(RAWS)
    assert [row.rating for row in catalog.rows([raw, made])] == [4, 4]
