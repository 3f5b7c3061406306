"""What was said of a RAW, or of the photo that was made of it, is to be seen at the one that is shown."""

from fixtures.readings import photo

from desktop_app.domain.kinds import State

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
