"""The search language is read without ever failing otherwise than by QueryError, and written back the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.domain.query import Comparison, Excluded, Field, FieldChoice, FieldRange, FieldTerm, Query, Words
from desktop_app.engine.search.language import parse, render
from desktop_app.errors import QueryError

IS, EQUAL = Comparison.IS, Comparison.EQUAL


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("   \n\t ", []),
        ("sunset beach", [Words("sunset"), Words("beach")]),
        ('"old town" -blurry', [Words("old town"), Excluded(Words("blurry"))]),
        ('-"old town"', [Excluded(Words("old town"))]),
        ('""', []),
        ('-""', []),
        ("- a", [Words("-"), Words("a")]),
        ("a-b", [Words("a-b")]),
        ("rock'n'roll", [Words("rock'n'roll")]),
        ('"still typing', [Words("still typing")]),
        (r'"a \"b\" \\ c\d"', [Words(r'a "b" \ c\d')]),
        ("camera:canon", [FieldTerm(Field.CAMERA, IS, "canon")]),
        ("Camera:Canon", [FieldTerm(Field.CAMERA, IS, "Canon")]),
        ('artist:"Miles Davis"', [FieldTerm(Field.ARTIST, IS, "Miles Davis")]),
        ("artist:=Can", [FieldTerm(Field.ARTIST, EQUAL, "Can")]),
        ("rating:>=4", [FieldTerm(Field.RATING, Comparison.GREATER_EQUAL, "4")]),
        ("-rating:<4", [Excluded(FieldTerm(Field.RATING, Comparison.LESS, "4"))]),
        ("iso:100..800", [FieldRange(Field.ISO, "100", "800")]),
        ("year:..1980", [FieldRange(Field.YEAR, None, "1980")]),
        ("year:1980.. x", [FieldRange(Field.YEAR, "1980", None), Words("x")]),
        ("aperture:1.4..2.8", [FieldRange(Field.APERTURE, "1.4", "2.8")]),
        ("duration:3:20..4:00", [FieldRange(Field.DURATION, "3:20", "4:00")]),
        ("taken:2024-06..2024-07-12", [FieldRange(Field.TAKEN, "2024-06", "2024-07-12")]),
        ("ext:(jpg, png)", [FieldChoice(Field.EXT, ("jpg", "png"))]),
        ('artist:(Miles Davis,"Can, live")', [FieldChoice(Field.ARTIST, ("Miles Davis", "Can, live"))]),
        ("ext:(jpg", [FieldChoice(Field.EXT, ("jpg",))]),
        ("tempo:120 tags:x date:2024", [
            FieldTerm(Field.BPM, IS, "120"),
            FieldTerm(Field.TAG, IS, "x"),
            FieldTerm(Field.TAKEN, IS, "2024"),
        ]),
        ("ext:.jpg", [FieldTerm(Field.EXT, IS, ".jpg")]),
        ("name:a..b", [FieldTerm(Field.NAME, IS, "a..b")]),
        ('"re:zero"', [Words("re:zero")]),
        ("3:20", [Words("3:20")]),
        ('key:"A minor"', [FieldTerm(Field.KEY, IS, "A minor")]),
    ],
)  # fmt: skip
def test_reads(text, terms):
    assert parse(text) == Query(tuple(terms))


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        (
            "colour:red",
            0,
            "no field “colour”. Photos are found by colour with the palette",
        ),
        ("Color:red", 0, "the palette"),
        ("x -colour:red", 3, "no field"),
        ("rating:", 7, "needs a value"),
        ('artist:""', 7, "needs a value"),
        ("rating:7", 7, "0 to 5"),
        ("rating:much", 7, "“much” is no number for rating. A rating is 0 to 5, as in rating:>=4."),
        ("iso:>=", 6, "needs a value"),
        ("iso:..", 4, "before or after"),
        ("iso:1e400", 4, "no number"),
        ("size:5XB", 5, "no size"),
        ("duration:1:2:3:4", 9, "no length"),
        ("taken:2024-13", 6, "no date"),
        ("taken:soon", 6, "no date"),
        ("added:999999y", 6, "no date"),
        ("key:H", 4, "no key"),
        ("kind:video", 5, "photo or track"),
        ("state:lost", 6, "present, missing"),
        ("artist:>=A", 7, "can't be compared"),
        ("ext:()", 5, "at least one value"),
        ("ext:(", 5, "at least one value"),
        ("year:(1980,x)", 11, "no number"),
    ],
)
def test_says_what_is_wrong_and_where(text, position, part):
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert part in str(caught.value)
    assert caught.value.position == position


PIECES = [
    *("rating", "artist", "key", "taken", "tag", "duration", "size", ":", ">=", "=", "<", "..", "(", ")", ","),
    *('"', "\\", "-", " ", "a", "7", "d", "3:20", "5MB", "Am", ".", "2024", "\n", "é", "x", "\udcff", "\x00"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=30)


@settings(max_examples=600, deadline=None)
@given(TEXTS)
def test_any_text_is_read_or_refused_and_written_back_the_same(text):
    try:
        query = parse(text)
    except QueryError as error:
        assert str(error)
        assert 0 <= error.position <= len(text)
        return
    assert parse(render(query)) == query


def test_an_empty_query_asks_nothing():
    assert not parse("")
    assert parse("x")
    assert parse("-state:missing").asks(Field.STATE)
    assert not parse("state").asks(Field.STATE)


@pytest.mark.parametrize("text", ["iso:400..100", "rating:5..1", "taken:2024..2020", "size:5MB..1kB", "-bpm:130..110"])
def test_a_range_that_runs_backwards_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="ends before it begins"):
        parse(text)


@pytest.mark.parametrize("text", ["iso:100..100", "taken:2024-06..2024", "taken:2024..2024-06", "width:..5"])
def test_a_range_of_one_value_is_a_range(text: str) -> None:
    assert parse(text).terms


def test_a_field_that_is_misspelt_is_guessed():
    with pytest.raises(QueryError, match=r"“ratng”\. Did you mean “rating:”"):
        parse("ratng:5")
    with pytest.raises(QueryError) as other:
        parse("http:x")
    assert "Did you mean" not in str(other.value)
