"""The command line in this process: what each command prints and ends with."""

import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from fixtures.command_line import Akin, Document, akin_on_copy, documents_of, index_folder
from fixtures.media import write_photo
from fixtures.small_library import PHOTOS, TRACKS, write_small_library
from PIL import Image

from desktop_app.engine.library import Library


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    write_small_library(folder / "media")
    index_folder(folder / "media", folder / "profile")
    return folder


@pytest.fixture
def media(template: Path) -> Path:
    """Never changed by these tests, so that the template's profile can be copied as it is."""
    return template / "media"


@pytest.fixture
def akin(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Akin:
    return akin_on_copy(template / "profile", tmp_path, monkeypatch, capsys)


@pytest.fixture
def document(akin: Akin) -> Document:
    return documents_of(akin)


def test_index_counts(document: Document, akin: Akin, media: Path) -> None:
    found = document("index", media, "--jobs", 1)
    assert found["roots"] == [str(media)]
    assert found["seen"] == found["photos"] + found["tracks"] + found["problems"] + found["ignored"]
    assert (found["unchanged"], found["embedded"], found["added"]) == (PHOTOS + TRACKS, 0, 0)
    code, out, err = akin("index", media / "photos")
    assert code == 0 and "unchanged" in out and err.startswith("Looking for files")


def test_index_of_what_is_no_folder(akin: Akin, media: Path) -> None:
    for path in ("nowhere", media / "photos" / "photo 0.jpg"):
        code, out, err = akin("index", path)
        assert (code, out) == (3, "") and err.count("\n") == 1


def test_similar_document(document: Document, media: Path) -> None:
    query = media / "photos" / "photo 1.jpg"
    found = document("similar", query, "-k", 3)
    assert (found["query"], found["kind"], len(found["hits"])) == (str(query), "photo", 3)
    assert {"id", "path", "score", "why"} <= set(found["hits"][0])
    assert all(0 <= hit["score"] <= 1 and hit["path"] != str(query) for hit in found["hits"])
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True) and all(hit["why"] for hit in found["hits"])
    assert {"describe", "search", "rank"} <= set(found["timings"]) and min(found["timings"].values()) >= 0
    assert 0 < max(found["timings"].values()) <= found["seconds"] + 0.001
    assert document("similar", query, "--min", "100")["hits"] == []
    assert document("similar", query, "--space", "colour", "-k", 1)["space"] == "colour"
    assert document("similar", query, "--filter", "photo 2", "-k", 9)["hits"][0]["path"].endswith("photo 2.jpg")


def test_similar_to_several(document: Document, media: Path) -> None:
    one, two = media / "photos" / "photo 1.jpg", media / "photos" / "photo 2.jpg"
    found = document("similar", one, two)
    assert len(found["hits"]) == PHOTOS - 2
    each = document("similar", "--each", one, two, "-k", 1)
    assert [result["query"] for result in each["results"]] == [str(one), str(two)]
    by_id = document("similar", each["results"][0]["hits"][0]["id"], "-k", 1)
    assert by_id["hits"]


def test_a_file_that_is_not_there_is_no_part_of_a_query(akin: Akin, media: Path) -> None:
    query, gone = media / "photos" / "photo 1.jpg", media / "photos" / "gone.jpg"
    code, out, err = akin("similar", query, gone)
    assert (code, out) == (3, "") and err.count("\n") == 1 and "gone.jpg" in err
    code, out, err = akin("similar", "--each", gone, query, "99999", "-k", 1, "--json", "--quiet")
    first, second, third = json.loads(out)["results"]
    assert code == 3 and err.count("\n") == 2
    assert (first["query"], first["hits"], second["query"]) == (str(gone), [], str(query))
    assert first["error"] in err and third["error"] in err and len(second["hits"]) == 1 and "error" not in second
    code, out, err = akin("similar", "--each", gone, query, "-k", 1)
    assert code == 3 and str(query) in out and "photo 1.jpg" not in err


def test_similar_as_text_page_and_sheet(akin: Akin, media: Path, tmp_path: Path) -> None:
    query = media / "photos" / "photo 1.jpg"
    code, out, _err = akin("similar", query, "-k", 2, "--out", "found.html")
    assert code == 0 and len(out.splitlines()) == 2 and "%" in out
    page = (tmp_path / "found.html").read_text("utf-8")
    assert page.count("<img") == 3 and "photo 1.jpg" in page and "<script" not in page
    assert akin("similar", query, "--out", "found.png")[0] == 0
    with Image.open(tmp_path / "found.png") as sheet:
        assert sheet.width > 1000
    assert akin("similar", query, "--out", "found.json")[0] == 0
    assert json.loads((tmp_path / "found.json").read_text("utf-8"))["hits"]
    assert akin("similar", query, "--out", "found.txt")[0] == 2
    assert akin("similar", query, "--out", "none/found.json")[0] == 3
    assert "identical" not in akin("similar", query, "--each", query)[1]


def test_similar_to_a_vector(document: Document, akin: Akin, media: Path, tmp_path: Path) -> None:
    query = media / "photos" / "photo 1.jpg"
    vector = document("show", query, "--vector", "look")["vector"]
    np.save(tmp_path / "v.npy", np.asarray(vector, np.float32))
    found = document("similar", "--vector", "v.npy", "--space", "look", "-k", 1)
    assert found["hits"][0]["path"] == str(query)
    assert akin("similar", "--vector", "v.npy")[0] == 2
    assert akin("similar", query, "--vector", "v.npy", "--space", "look")[0] == 2
    assert akin("similar", "--vector", "none.npy", "--space", "look")[0] == 3
    (tmp_path / "bad.npy").write_bytes(b"no array")
    assert akin("similar", "--vector", "bad.npy", "--space", "look")[0] == 3


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("similar",), 2),
        (("similar", "nothing.jpg"), 3),
        (("similar", "99999"), 3),
        (("similar", "x.jpg", "--min", "200"), 2),
        (("similar", "x.jpg", "-k", "0"), 2),
        (("similar", "x.jpg", "-k", "many"), 2),
        (("similar", "x.jpg", "--nonsense"), 2),
        (("similar", "nul\0name.jpg"), 3),
        (("find", "rating:>>"), 2),
        (("find", "iso:400..100"), 2),
        (("--json",), 2),
        (("find",), 2),
        (("show", "99999"), 3),
        (("show", "none.jpg"), 3),
        (("rate", "6", "1"), 2),
        (("rate", "3"), 2),
        (("rate", "3", "99999"), 3),
        (("tag", "1"), 2),
        (("tag", "1", "--add", " "), 2),
        (("remove", "none.jpg"), 3),
        (("roots", "nothing"), 2),
        (("roots", "remove", "nowhere"), 3),
        (("roots", "relocate", "a", "b"), 3),
        (("playlists", "show", "none"), 3),
        (("playlists", "import", "none.m3u8"), 3),
        (("playlist", "none.mp3"), 3),
        (("playlist", "1", "--minutes", "3", "--length", "5"), 2),
        (("playlist", "1", "--replace"), 2),
        (("playlist", "1", "--bpm", "fast"), 2),
        (("playlist", "1", "--bpm", "130-110"), 2),
        (("playlist", "1", "--out", "list.txt"), 2),
        (("export", "all.csv"), 2),
        (("export", "none/all.json"), 3),
        (("indx",), 2),
        (("missing.jpg",), 3),
        (("duplicates",), 2),
    ],
)
def test_wrong_input_gets_one_sentence(akin: Akin, words: tuple[str, ...], code: int) -> None:
    ended, out, err = akin(*words)
    assert (ended, out) == (code, "")
    assert err.count("\n") == 1 and "Traceback" not in err and err.strip()


def test_find_and_list(document: Document, akin: Akin, media: Path) -> None:
    found = document("find", "artist:A", "-k", 1)
    assert (found["query"], found["total"], len(found["hits"])) == ("artist:A", 2, 1)
    explained = document("find", "-kind:photo rating:0..5 tune artist:(A,B)", "--explain")
    assert explained["total"] == TRACKS and len(explained["explanation"]) == 4
    assert "2 items" in akin("find", "artist:A")[1]
    (hit,) = document("find", "tune", "artist:A", "kind:track", "-k", 1)["hits"]
    assert (hit["artist"], hit["kind"], hit["rating"]) == ("A", "track", 0) and "Tune" in hit["title"]
    assert document("find", "tune", "-artist:A", "--explain")["total"] == TRACKS - 2
    assert document("list")["total"] == PHOTOS + TRACKS
    listed = document("list", "--kind", "track", "--state", "present", "--filter", "-artist:A")
    assert listed["total"] == 2
    assert set(listed["items"][0]) == {"id", "path", "kind", "state", "rating", "tags", "reason"}
    assert "10 items" in akin("list")[1]


def test_edits(document: Document, akin: Akin, media: Path) -> None:
    path = media / "photos" / "photo 1.jpg"
    number = document("show", path)["id"]
    assert document("rate", 4, path) == {"changed": 1}
    assert document("tag", number, path, "--add", "sea", "--add", "süß") == {"changed": 1}
    assert document("tag", number, "--remove", "SEA") == {"changed": 1}
    shown = document("show", number)
    assert (shown["rating"], shown["tags"]) == (4, ["süß"])
    assert "1 item changed" in akin("rate", 5, number)[1]
    assert document("remove", number) == {"removed": 1}
    assert path.exists()
    assert akin("show", number)[0] == 3


def test_a_raw_behind_a_photo_is_not_counted(document: Document, tmp_path: Path) -> None:
    for name in ("beach.jpg", "beach.dng"):
        write_photo(tmp_path / "pair" / name, taken="2024:06:12 18:41:05")
    document("index", tmp_path / "pair", "--jobs", 1)
    assert document("rate", 3, tmp_path / "pair" / "beach.dng") == {"changed": 1}
    assert document("rate", 3, tmp_path / "pair" / "beach.jpg") == {"changed": 1}
    assert document("rate", 5, tmp_path / "pair" / "beach.jpg") == {"changed": 1}
    assert document("show", tmp_path / "pair" / "beach.dng")["rating"] == 5


def test_show(document: Document, akin: Akin, media: Path) -> None:
    shown = document("show", media / "photos" / "photo 0.jpg")
    assert {"id", "path", "kind", "state", "content_hash", "metadata", "spaces"} <= set(shown)
    assert shown["metadata"]["width"] == 320
    assert shown["spaces"]["look"]["norm"] == pytest.approx(1, abs=0.01)
    code, out, _err = akin("show", media / "music" / "track 1.wav")
    assert code == 0 and "Tune 1" in out and "duration" in out and "0:0" in out and "True" not in out
    assert len(akin("show", media / "photos" / "photo 0.jpg", "--vector", "look")[1].splitlines()) > 100
    assert akin("show", media / "photos" / "photo 0.jpg", "--vector", "sound")[0] == 2


def test_playlist_and_playlists(document: Document, akin: Akin, media: Path, tmp_path: Path) -> None:
    seed = media / "music" / "track 1.wav"
    built = document("playlist", seed, "--length", 3, "--artist-gap", 0, "--save", "Mix", "--out", "mix.m3u8")
    assert len(built["tracks"]) == 3 and built["tracks"][0]["path"] == str(seed)
    assert {"average_similarity", "min_similarity", "max_similarity", "similarity_range", "mean_step"} == set(
        built["statistics"]
    )
    assert {"id", "path", "title", "artist", "seconds", "bpm", "key", "similarity"} <= set(built["tracks"][0])
    assert "track 1.wav" in (tmp_path / "mix.m3u8").read_text("utf-8")
    without = document("playlist", seed, "--length", 2, "--without-seeds", "--bpm", "1-999", "--order", "rising")
    assert str(seed) not in {track["path"] for track in without["tracks"]}
    target = document("playlist", seed, "--length", 3, "--to", media / "music" / "track 3.wav", "--artist-gap", 0)
    assert target["tracks"][-1]["path"].endswith("track 3.wav")
    assert "3 tracks" in akin("playlist", seed, "--length", 3, "--artist-gap", 0)[1]
    assert [p["name"] for p in document("playlists", "list")["playlists"]] == ["Mix"]
    assert len(document("playlists", "show", "mix")["tracks"]) == 3
    assert document("playlists", "export", "Mix", "out.xspf", "--relative")["tracks"] == 3
    imported = document("playlists", "import", "out.xspf")
    assert (imported["name"], imported["tracks"], imported["missing"]) == ("out", 3, [])
    assert "saved as “out 2”" in akin("playlists", "import", "out.xspf")[1]
    assert document("playlists", "delete", "Mix")["deleted"] == 1
    assert "out" in akin("playlists", "list")[1]
    assert "Tune" in akin("playlists", "show", "out")[1]


def test_a_saved_playlist_is_not_overwritten(document: Document, akin: Akin, media: Path, tmp_path: Path) -> None:
    asked = ("playlist", media / "music" / "track 1.wav", "--artist-gap", 0, "--save", "Mix")
    first = document(*asked, "--length", 3, "--out", "mix.m3u8")
    assert (first["saved"], first["file"]) == ("Mix", str(tmp_path / "mix.m3u8"))
    code, out, _err = akin(*asked, "--length", 2, "--out", "mix.m3u8")
    assert code == 0 and "saved as “Mix 2”" in out and f"written to {tmp_path / 'mix.m3u8'}" in out
    assert len(document("playlists", "show", "Mix")["tracks"]) == 3
    assert document(*asked, "--length", 1, "--replace")["saved"] == "Mix"
    assert len(document("playlists", "show", "Mix")["tracks"]) == 1
    assert akin(*asked[:-1], " ")[0] == 2


def test_entries_of_a_playlist_file_that_are_no_files_are_missing(
    document: Document, akin: Akin, media: Path, tmp_path: Path
) -> None:
    track = media / "music" / "track 1.wav"
    (tmp_path / "radio.m3u").write_text(f"http://radio.example/stream\n{track}\n", "utf-8")
    found = document("playlists", "import", "radio.m3u")
    assert (found["tracks"], found["missing"]) == (1, ["http://radio.example/stream"])
    assert "1 entry not in the library" in akin("playlists", "import", "radio.m3u")[1]


def test_roots(document: Document, akin: Akin, media: Path, tmp_path: Path) -> None:
    (root,) = document("roots", "list")["roots"]
    assert (root["path"], root["items"]) == (str(media), PHOTOS + TRACKS)
    assert (root["missing"], root["offline"], root["problems"]) == (0, 0, 0)
    shutil.copytree(media, tmp_path / "copy")
    assert document("roots", "relocate", media, "copy")["roots"][0]["path"] == str(tmp_path / "copy")
    assert document("roots", "remove", "copy") == {"roots": [], "removed": PHOTOS + TRACKS}
    assert (tmp_path / "copy" / "photos").is_dir()
    assert "no folders yet" in akin("roots", "list")[1]
    assert "no playlists yet" in akin("playlists", "list")[1]


def test_taking_a_folder_out_says_what_went(akin: Akin, media: Path) -> None:
    code, out, _err = akin("roots", "remove", media)
    assert code == 0
    assert out.startswith(f"{media} taken out, with {PHOTOS + TRACKS} items; the files are untouched.\n")


def test_indexing_a_folder_inside_a_root_says_which_was_looked_through(akin: Akin, media: Path) -> None:
    inner = next(path for path in media.iterdir() if path.is_dir())
    code, _out, err = akin("index", inner)
    assert code == 0
    assert f"{inner} lies in {media}: all of that was looked through." in err


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
def test_without_a_display_the_window_says_so(akin: Akin, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    code, out, err = akin()
    assert (code, out) == (3, "")
    assert "no display" in err
    assert "akin --help" in err


def test_colours_by_name(document: Document, akin: Akin) -> None:
    named, coded = document("colour", "blue:70", "sand:30"), document("colour", "#2a5fc0:70", "#dcc9a0:30")
    assert [hit["id"] for hit in named["hits"]] == [hit["id"] for hit in coded["hits"]]
    assert named["hits"]
    code, _out, err = akin("colour", "blueish")
    assert (code, "such as #ff8800" in err) == (2, True)


def test_stats_doctor_export(document: Document, akin: Akin, media: Path, tmp_path: Path) -> None:
    document("similar", media / "photos" / "photo 0.jpg")
    stats = document("stats")
    assert stats["items"]["photos"] == PHOTOS
    assert set(stats["spaces"]["look"]) >= {"vectors", "coverage", "index", "bytes"}
    assert stats["searches"]["count"] == 1 and stats["searches"]["p99_ms"] > 0
    told = akin("stats")[1].splitlines()
    assert any(line.startswith("searches") for line in told)
    (look,) = (line for line in told if line.startswith("space look"))
    assert re.search(r"exact fp16, .*, recall 100\.0 %, \d+\.\d ms$", look)
    assert not any("recall" in line for line in told if "fingerprint" in line)
    document("backup", "b.zip")
    document("restore", "b.zip")
    healthy = document("doctor")  # nothing lags behind what was restored
    assert "in order" in akin("doctor")[1]
    assert healthy["ok"] and set(healthy["checks"][0]) == {"name", "ok", "detail", "repaired"}
    shutil.rmtree(tmp_path / "profile" / "thumbnails")
    code, out, err = akin("doctor")
    assert (code, err) == (0, "") and "lost" in out
    assert not document("doctor")["ok"]
    assert document("doctor", "--repair")["ok"]
    exported = document("export", "all.json")
    assert exported["items"] == PHOTOS + TRACKS
    rows = json.loads((tmp_path / "all.json").read_text("utf-8"))
    assert sum(row["vector_look"] is not None for row in rows) == PHOTOS


def test_common_options_stand_anywhere(akin: Akin, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for words in (("--profile", elsewhere, "--json", "list"), ("list", "--json", "--profile", elsewhere)):
        code, out, _err = akin(*words)
        assert (code, json.loads(out)) == (0, {"total": 0, "items": []})


@pytest.mark.parametrize("words", [("list",), ("stats",), ("roots", "list"), ("doctor",)])
def test_a_library_that_is_new_is_empty(akin: Akin, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert akin("--profile", tmp_path / "new", *words, "--json")[0] == 0 and (tmp_path / "new").is_dir()


def test_help_and_version(akin: Akin) -> None:
    assert akin("--version")[1].startswith("akin ")
    assert "similar" in akin("help")[1]
    assert "--space" in akin("help", "similar")[1]
    assert akin("--help")[0] == akin("roots", "--help")[0] == 0


def test_unexpected_faults_are_logged(akin: Akin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(Library, "stats", fail)
    code, out, err = akin("stats")
    assert (code, out) == (1, "") and err.count("\n") == 1 and "akin.log" in err
    assert "a bug of ours" in (tmp_path / "profile" / "logs" / "akin.log").read_text("utf-8")


def test_interrupt_is_a_sentence(akin: Akin, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Library, "stats", interrupt)
    code, _out, err = akin("stats")
    assert code == 130 and err.count("\n") == 1
