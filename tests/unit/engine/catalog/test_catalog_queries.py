"""What SQL finds is what a plain filter in Python finds."""

import unicodedata
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from fixtures.readings import photo, track
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop_app.domain import query_values
from desktop_app.domain.kinds import Kind, State
from desktop_app.domain.metadata import TrackAnalysis
from desktop_app.domain.query import (
    Comparison,
    Excluded,
    Field,
    FieldChoice,
    FieldRange,
    FieldTerm,
    FieldType,
    Query,
    Words,
)
from desktop_app.engine.catalog.encoding import decode_name
from desktop_app.engine.search.language import parse, render

_TEXT = {Field.CAMERA, Field.LENS, Field.ALBUM, Field.GENRE, Field.TITLE}
_TODAY = date.today()


def _folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))


def _compare(value, comparison, low, high, number):
    if value is None:
        return False
    if comparison in (Comparison.IS, Comparison.EQUAL):
        return value == number if low == high else low <= value < high
    bound = {"<": low, ">=": low, ">": high, "<=": high}[comparison] if number is None else number
    if number is None:
        return value < bound if comparison in ("<", "<=") else value >= bound
    return {"<": value < bound, "<=": value <= bound, ">": value > bound, ">=": value >= bound}[comparison]


def matches(item, term) -> bool:
    """The language as its documentation says it, without SQL."""
    match term:
        case Excluded(inner):
            return not matches(item, inner)
        case Words(text):
            fields = [item.name, item.folder, item.title, item.artist, item.album, item.genre, item.camera, *item.tags]
            return any(_folded(text) in _folded(value or "") for value in fields)
        case FieldRange(field, low, high):
            low_matches = low is None or matches(item, FieldTerm(field, Comparison.GREATER_EQUAL, low))
            return low_matches and (high is None or matches(item, FieldTerm(field, Comparison.LESS_EQUAL, high)))
        case FieldChoice(field, values):
            return any(matches(item, FieldTerm(field, Comparison.IS, value)) for value in values)
        case FieldTerm(field, comparison, value):
            return _field_matches(item, field, comparison, value)


def _field_matches(item, field, comparison, value) -> bool:
    if field is Field.TAG:
        return _folded(value) in [_folded(tag) for tag in item.tags]
    if field is Field.KEY:
        pitch, scale = query_values.musical_key(value)
        return item.key == pitch and scale in (None, item.scale)
    if field.type is FieldType.WORD:
        return {Field.EXT: item.ext, Field.KIND: item.kind, Field.STATE: item.state}[field] == query_values.word(
            field, value
        )
    if field.type is FieldType.TEXT:
        names = {Field.FOLDER: [item.root + "/" + item.folder], Field.ARTIST: [item.artist, item.album_artist]}
        texts = names.get(field, [getattr(item, str(field))])
        if comparison is Comparison.EQUAL:
            return _folded(value) in [_folded(text) for text in texts if text is not None]
        return any(_folded(value) in _folded(text) for text in texts if text is not None)
    if field.type is FieldType.DATE:
        span = query_values.span(field, value, _TODAY)
        start, end = (datetime(day.year, day.month, day.day) for day in (span.start, span.end))
        if comparison is Comparison.IS and span.since:
            comparison = Comparison.GREATER_EQUAL
        return _compare(item.taken if field is Field.TAKEN else item.added, comparison, start, end, None)
    number = query_values.interval(field, value)
    columns = {Field.BPM: item.tempo, Field.FOCAL: item.focal, Field.YEAR: item.year}
    return _compare(
        columns.get(field, getattr(item, str(field), None)), comparison, number.low, number.high, number.number
    )


READINGS = {
    "Été 2024/plage.jpg": photo(
        "1",
        size=4_000_000,
        taken="2024-06-12T18:41:05",
        camera="Canon EOS R5",
        lens="RF 35mm",
        iso=100,
        rating=5,
        keywords=("Plage", "été"),
        aperture=2.8,
        focal_length_mm=35.0,
    ),
    "ete/sunset-1.png": photo(
        "2", size=5_200_000, taken="2024-06-30T23:59:59", camera="Nikon", iso=800, rating=3, title="Sunset é"
    ),
    "x/y/old.JPG": photo(
        "3", size=999, taken="1999-12-31T00:00:00", width=10, height=20, keywords=("beach", "old town", "Fuß")
    ),
    "none.tif": photo("4", size=5_000_000),
    "Jazz/so what.mp3": track(
        "5",
        title="So What",
        artist="Miles Davis",
        album="Kind of Blue",
        genre="Jazz",
        year=1959,
        duration=200.4,
        analysis=TrackAnalysis(119.7, 0.9, "A", "minor", 0.5),
        rating=4,
    ),
    "Jazz/guest.flac": track(
        "6",
        title="Can't",
        artist="Can",
        album_artist="Miles Davis",
        year=1980,
        duration=60.0,
        analysis=TrackAnalysis(120.6, 0.9, "F#", "major", 0.5),
    ),
    "quiet.wav": track(
        "7",
        duration=3.0,
        title="Straße",
        artist="Groß",
        album="Weiss",
        analysis=TrackAnalysis(None, 0.0, None, None, 0.0),
    ),
}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A catalogue and its items as plain objects."""
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.catalog.items import ItemWrite

    folder = tmp_path_factory.mktemp("queries")
    with Catalog.open(folder / "catalog.duckdb") as catalog:
        root = catalog.add_root(folder / "Photos")
        ids = catalog.upsert_readings([ItemWrite(None, root.id, place, reading) for place, reading in READINGS.items()])
        catalog.set_states(ids[3:4], State.MISSING)
        yield catalog, [_plain(catalog, root, number) for number in ids]


def _plain(catalog, root, number):
    detail = catalog.detail(number)
    relpath = detail.row.path.relative_to(root.path).as_posix()
    folder, _, name = relpath.rpartition("/")
    metadata = detail.photo or detail.track

    def known(field):
        return getattr(metadata, field, None)

    taken = None if known("taken") is None else datetime.fromisoformat(known("taken"))
    return SimpleNamespace(
        id=number,
        root=root.path.as_posix(),
        name=decode_name(name),
        folder=folder,
        ext=name.rpartition(".")[2].lower(),
        kind=str(detail.row.kind),
        state=str(detail.row.state),
        tags=detail.tags,
        rating=detail.row.rating,
        taken=taken,
        added=datetime.fromtimestamp(detail.added),
        year=known("year") or (taken.year if taken else None),
        tempo=detail.analysis.tempo if detail.analysis else None,
        key=detail.analysis.key if detail.analysis else None,
        scale=detail.analysis.scale if detail.analysis else None,
        size=detail.size,
        focal=known("focal_length_mm"),
        **{
            field: known(field)
            for field in (
                *("title", "artist", "album", "album_artist", "genre", "camera", "lens"),
                *("iso", "aperture", "width", "height", "duration"),
            )
        },
    )


WORDS = st.sampled_from(
    [
        "sunset",
        "ete",
        "ÉTÉ",
        "miles",
        "blue",
        "jpg",
        "canon",
        "plage",
        "old town",
        "town",
        "x",
        "%",
        "'",
        "_",
        "zzz",
        "é",
        "strasse",
        "weiß",
    ]
)
VALUES = {
    FieldType.NUMBER: ["0", "1", "3", "4", "5", "5.0", "4.5"],
    FieldType.SIZE: ["999", "1kB", "5MB", "5.2MB", "4.0MB", "1MiB", "5GB"],
    FieldType.DURATION: ["200", "3:20", "0:60", "1:00:00", "3", "200.4"],
    FieldType.DATE: ["2024", "2024-06", "2024-06-12", "1999-12-31", "1999", "7d", "today", "30y", "yesterday"],
    FieldType.KEY: ["A", "Am", "A minor", "f#", "Gb major", "C"],
    FieldType.TEXT: [
        "miles",
        "Miles Davis",
        "CAN",
        "canon eos r5",
        "jazz",
        "ete",
        "e",
        "'",
        "blue",
        "%",
        "GROSS",
        "weiß",
    ],
}
WORD_VALUES = {
    Field.EXT: ["jpg", ".PNG", "mp3", "x"],
    Field.TAG: ["beach", "ETE", "plage", "old town", "old", "fuss"],
    Field.KIND: ["photo", "tracks", "music"],
    Field.STATE: ["present", "missing", "offline"],
}
NUMBERS = {
    Field.ISO: ["100", "800"],
    Field.YEAR: ["1959", "2024"],
    Field.BPM: ["120", "119.7", "121"],
    Field.WIDTH: ["10", "4000"],
}


@st.composite
def terms(draw):
    """A term of any kind over values that the small library knows."""
    if draw(st.booleans()):
        term = Words(draw(WORDS))
    else:
        field = draw(st.sampled_from(list(Field)))
        chosen = WORD_VALUES.get(field) or NUMBERS.get(field) or VALUES[field.type]
        values = st.sampled_from(chosen)
        shapes = ["single", "choice"] + (["range"] if field.ordered else [])
        match draw(st.sampled_from(shapes)):
            case "single":
                if field.ordered:
                    comparisons = st.sampled_from(list(Comparison))
                else:
                    comparisons = st.sampled_from([Comparison.IS, Comparison.EQUAL])
                term = FieldTerm(field, draw(comparisons), draw(values))
            case "choice":
                term = FieldChoice(field, tuple(draw(st.lists(values, min_size=1, max_size=3))))
            case _:
                low, high = draw(st.none() | values), draw(values)
                try:
                    query_values.check_order(field, low or high, high, date.today())
                except ValueError:  # a range that runs backwards is refused
                    low = None
                term = FieldRange(field, low, high)
    return Excluded(term) if draw(st.booleans()) else term


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(terms(), min_size=1, max_size=3))
def test_sql_finds_what_a_plain_filter_finds(library, wanted):
    catalog, items = library
    query = Query(tuple(wanted))
    text = render(query)
    assert parse(text) == query
    expected = [item.id for item in items if all(matches(item, term) for term in wanted)]
    assert catalog.matching_ids(text).tolist() == expected, text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ete", [1, 2]),
        ('"old town"', [3]),
        ("sunset -jazz", [2]),
        ('artist:"miles davis"', [5, 6]),
        ("artist:=can", [6]),
        ("artist:can", [6]),
        ("rating:>=4", [1, 5]),
        ("rating:0", [3, 4, 6, 7]),
        ("taken:2024-06", [1, 2]),
        ("taken:2024-06-30", [2]),
        ("taken:..1999", [3]),
        ("taken:1999..2024-06-12", [1, 3]),
        ("-taken:2024", [3, 4, 5, 6, 7]),
        ("size:5MB", [2, 4]),
        ("size:>5MB", [2]),
        ("duration:3:20", [5]),
        ("duration:1:00..3:20", [6]),
        ("bpm:120", [5]),
        ("bpm:119..121", [5, 6]),
        ("key:Am", [5]),
        ('key:"f# major"', [6]),
        ("key:Gb", [6]),
        ("key:(A,F#)", [5, 6]),
        ("ext:(jpg,png)", [1, 2, 3]),
        ("tag:été", [1]),
        ("tag:old", []),
        ("kind:track state:present", [5, 6, 7]),
        ("state:missing", [4]),
        ("folder:photos/ete", [1, 2]),
        ("year:1999", [3]),
        ("added:1d", [1, 2, 3, 4, 5, 6, 7]),
        ("added:<today", []),
        ("aperture:2.8 focal:35", [1]),
        ("100%", []),
        ("strasse", [7]),
        ("stras", [7]),
        ("album:weis", [7]),
        ("title:=stras", []),
        ("STRAẞE", [7]),
        ("weiß", [7]),
        ("fuss", [3]),
        ("tag:(fuss,x)", [3]),
        ("artist:=gross", [7]),
        ("album:weiß", [7]),
        ("-strasse", [1, 2, 3, 4, 5, 6]),
        ("name:'", []),
    ],
)
def test_examples(library, text, expected):
    catalog, _ = library
    found = catalog.matching_ids(text)
    assert found.tolist() == expected


def test_whole_folder(library):
    catalog, items = library
    assert catalog.matching_ids(f'folder:="{items[0].root}/jazz/"').tolist() == [5, 6]


def test_text_that_is_no_unicode_finds_nothing(library):
    catalog, _ = library
    assert catalog.matching_ids("\udcff").tolist() == []


def test_kind_of_photo(library):
    catalog, _ = library
    assert catalog.find("kind:pictures", kind=Kind.PHOTO)[0] == 4


def test_days_are_counted_back_from_today():
    span = query_values.span(Field.ADDED, "2w", date(2024, 6, 15))
    assert (span.start, span.since) == (date(2024, 6, 1), True)
    assert query_values.span(Field.ADDED, "yesterday", date(2024, 1, 1)).start == date(2023, 12, 31)
    assert query_values.instant(date(1, 1, 1)) < 0
    assert timedelta(days=1).total_seconds() == query_values.instant(date(2024, 6, 2)) - query_values.instant(
        date(2024, 6, 1)
    )
