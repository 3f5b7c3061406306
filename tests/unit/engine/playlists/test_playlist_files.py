"""Playlist files come back as they were written, whatever the names; other players' files are read too."""

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from desktop_app.domain.ids import ItemId
from desktop_app.domain.playlists import ExportOptions, PlaylistTrack
from desktop_app.engine.playlists import entries, files, read_playlist, write_playlist, xspf
from desktop_app.errors import KnownError, UnreadableFileError, UsageError

posix = pytest.mark.skipif(os.name == "nt", reason="names that Windows does not allow")
NAMES = st.text(
    st.characters(blacklist_characters="/\x00", blacklist_categories=["Cs"])
    | st.sampled_from(list("#%'\"&<>\n\r ?:;\\")),
    min_size=1,
    max_size=20,
).filter(lambda name: name not in (".", ".."))


def track(path: Path, title: str = "Title", artist: str | None = "Artist", seconds: float = 61.4) -> PlaylistTrack:
    return PlaylistTrack(ItemId(1), path, title, artist, "Album", seconds, 120.0, "C major", 1.0)


@posix
@pytest.mark.parametrize("ending", ["m3u8", "m3u", "xspf"])
@pytest.mark.parametrize("relative", [True, False])
@given(
    names=st.lists(NAMES, min_size=1, max_size=4), title=st.text(max_size=20), artist=st.none() | st.text(max_size=9)
)
@example(names=["#EXTM3U", "http:", "C:", "file:x", "a\\b", "\ufeffx", " space "], title="a\nb", artist="#")
@settings(max_examples=60, deadline=None)
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    ending: str,
    relative: bool,
    names: list[str],
    title: str,
    artist: str | None,
) -> None:
    folder = tmp_path_factory.getbasetemp() / "lists"
    folder.mkdir(exist_ok=True)
    paths = [folder / name for name in names] + [folder.parent / "music" / name for name in names]
    target = folder / f"list.{ending}"
    write_playlist(target, [track(path, title, artist) for path in paths], ExportOptions(relative=relative))
    assert read_playlist(target) == paths


def test_a_playlist_says_its_own_name(tmp_path: Path) -> None:
    """Not its file's, which a file system may have changed."""
    m3u8, xspf = tmp_path / "f.m3u8", tmp_path / "f.xspf"
    for target in (m3u8, xspf):
        write_playlist(target, [track(tmp_path / "a.mp3")], ExportOptions(name="Fünf\nMinuten <3"))
        assert read_playlist(target) == [tmp_path / "a.mp3"]
    assert m3u8.read_text("utf-8").splitlines()[:3] == ["#EXTM3U", "#PLAYLIST:Fünf Minuten <3", "#Made by Akin"]
    assert "Minuten &lt;3</title>" in xspf.read_text("utf-8")


@pytest.mark.parametrize("ending", ["m3u8", "m3u", "xspf"])
@pytest.mark.parametrize("name", ["", "Evening", "</title><creator>x\n#EXTINF:", "long " * 20_000])
def test_what_is_written_says_who_made_it(tmp_path: Path, ending: str, name: str) -> None:
    target = tmp_path / f"list.{ending}"
    for tracks in ([], [track(tmp_path / "a.mp3")]):
        write_playlist(target, tracks, ExportOptions(name=name))
        assert files.is_playlist(target) and files.is_ours(target)


@posix
def test_names_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9 \xff.mp3")
    for ending in ("m3u8", "xspf"):
        for relative in (True, False):
            target = tmp_path / f"list.{ending}"
            write_playlist(target, [track(path)], ExportOptions(relative=relative))
            assert read_playlist(target) == [path]


def test_m3u8_as_players_write_it(tmp_path: Path) -> None:
    target = tmp_path / "list.m3u8"
    inner = tmp_path / "music" / "song.mp3"
    write_playlist(target, [track(inner), track(inner, "Two\nlines", None, 0.0)], ExportOptions(relative=True))
    expected = f"#EXTM3U\n#Made by Akin\n#EXTINF:61,Artist - Title\n{Path('music/song.mp3')}\n#EXTINF:-1,Two lines\n"
    assert target.read_text(encoding="utf-8").startswith(expected)
    write_playlist(target, [track(inner)])
    assert str(inner) in target.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["list.m3u8"]


def test_xspf_is_valid_xml_of_the_standard(tmp_path: Path) -> None:
    target = tmp_path / "list.xspf"
    write_playlist(target, [track(tmp_path / "a #1 & 100%.mp3", "<b>\x01", "")])
    root = ElementTree.parse(target).getroot()
    space = "{http://xspf.org/ns/0/}"
    assert root.tag == f"{space}playlist"
    assert root.get("version") == "1"
    element = root.find(f"{space}trackList/{space}track")
    assert element is not None
    location = element.findtext(f"{space}location") or ""
    assert location.startswith("file:///")
    assert location.endswith("/a%20%231%20%26%20100%25.mp3")
    assert element.findtext(f"{space}duration") == "61400"
    assert element.findtext(f"{space}title") == "<b>\ufffd"
    assert element.find(f"{space}creator") is None
    assert [(child.tag, child.text) for child in root][:2] == [(f"{space}title", "list"), (f"{space}creator", "Akin")]


@posix
def test_reads_what_other_players_write(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "x.mp3").touch()
    (tmp_path / "real\\name.mp3").touch()
    text = (
        "\ufeff#EXTM3U\r\n#EXTINF:1,x\r\nsub\\x.mp3\r\n\r\n  ../up.mp3  \r"
        "C:\\Music\\y.mp3\r\n\\\\server\\share\\z.mp3\n"
        "file:///abs/a%20b.mp3\nfile://localhost/abs/c.mp3\nfile:///C:/Music/d%25.mp3\nfile://host/share/e.mp3\n"
        "http://radio.example/stream\nreal\\name.mp3\n"
    )
    source = tmp_path / "list.m3u8"
    source.write_bytes(text.encode())
    assert read_playlist(source) == [
        tmp_path / "sub" / "x.mp3",
        tmp_path.parent / "up.mp3",
        Path("C:/Music/y.mp3"),
        Path("//server/share/z.mp3"),
        Path("/abs/a b.mp3"),
        Path("/abs/c.mp3"),
        Path("C:/Music/d%.mp3"),
        Path("//host/share/e.mp3"),
        tmp_path / "real\\name.mp3",
    ]
    source.write_bytes("caf\xe9.mp3\n".encode("latin-1"))
    assert read_playlist(source) == [tmp_path / "café.mp3"]


@posix
@pytest.mark.parametrize("line", ["../../../../../../../../../net/host/a\\b.mp3", "x/../../../../../../../../dev/a\\b"])
def test_a_line_makes_us_call_on_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """Looking whether a file is there can be a call to another machine."""
    source = tmp_path / "list.m3u8"
    source.write_text(f"#EXTM3U\n{line}\n")
    looked: list[str] = []
    monkeypatch.setattr(Path, "exists", lambda self: bool(looked.append(str(self))))
    (found,) = read_playlist(source)
    assert looked == [] and found.name in ("b.mp3", "b")


@posix
def test_which_places_are_far() -> None:
    near = ("/home/x/net/a.mp3", "/network/a.mp3", "/a.mp3")
    far = ("/net/host/a", "//host/a", "/x/../net/host/a", "/dev/zero", "/a\0b", "/home/../../net/host")
    assert all(entries.is_near(Path(each)) for each in near)
    assert not any(entries.is_near(Path(each)) for each in far)


@posix
def test_reads_xspf_of_others(tmp_path: Path) -> None:
    source = tmp_path / "list.xspf"
    source.write_text(
        '<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList>'
        "<track><location>http://example.org/a.mp3</location><location> sub/b%20c.mp3 </location></track>"
        "<track><title>no place</title></track><track><location>C:\\Music\\d.mp3</location></track>"
        "</trackList></playlist>",
        encoding="utf-8",
    )
    assert read_playlist(source) == [tmp_path / "sub" / "b c.mp3", Path("C:/Music/d.mp3")]


BOMB = '<!DOCTYPE p [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><playlist><trackList>&b;</trackList></playlist>'


@pytest.mark.parametrize("text", ["", "no xml", "<html/>", BOMB])
def test_what_is_no_xspf(tmp_path: Path, text: str) -> None:
    source = tmp_path / "list.xspf"
    source.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFileError):
        read_playlist(source)


def test_files_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError):
        write_playlist(tmp_path / "list.txt", [])
    with pytest.raises(KnownError, match="can't be written"):
        write_playlist(tmp_path / "no" / "list.m3u8", [])
    with pytest.raises(UnreadableFileError, match="can't be read"):
        read_playlist(tmp_path / "gone.m3u8")
    (tmp_path / "list.txt").touch()
    with pytest.raises(UnreadableFileError, match="not a playlist"):
        read_playlist(tmp_path / "list.txt")
    (tmp_path / "big.m3u8").write_text("x" * 100, encoding="utf-8")
    monkeypatch.setattr("desktop_app.engine.playlists.files.LARGEST", 50)
    with pytest.raises(UnreadableFileError, match="too large"):
        read_playlist(tmp_path / "big.m3u8")


@posix
def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "list.m3u8"
    write_playlist(target, [track(tmp_path / "a.mp3")])
    before = target.read_bytes()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KnownError, match="disk is full"):
        write_playlist(target, [track(tmp_path / "b.mp3")])
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["list.m3u8"]


@posix
@pytest.mark.timeout(20)
@pytest.mark.parametrize("ending", ["m3u8", "xspf"])
def test_pipes_and_devices_are_no_playlists(tmp_path: Path, ending: str) -> None:
    """Opening one would wait for ever."""
    os.mkfifo(tmp_path / f"pipe.{ending}")
    (tmp_path / f"link.{ending}").symlink_to("/dev/zero")
    for name in ("pipe", "link"):
        with pytest.raises(UnreadableFileError, match="no file"):
            read_playlist(tmp_path / f"{name}.{ending}")


def test_huge_playlists_are_refused_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_TRACKS", 1_000)
    (tmp_path / "many.m3u8").write_text("a.mp3\n" * 1_001)
    with pytest.raises(UnreadableFileError, match="more than 1,000 tracks"):
        read_playlist(tmp_path / "many.m3u8")
    (tmp_path / "enough.m3u8").write_text("\r\n" * 100_000 + "a.mp3\n" * 1_000)
    assert len(read_playlist(tmp_path / "enough.m3u8")) == 1_000
    monkeypatch.setattr(xspf, "MOST_TAGS", 1_000)
    (tmp_path / "many.xspf").write_text("<playlist>" + "<a/>" * 1_000 + "</playlist>")
    with pytest.raises(UnreadableFileError, match="too large"):
        read_playlist(tmp_path / "many.xspf")


EXTERNAL = """<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<playlist><trackList><track><location>&x;</location></track></trackList></playlist>"""
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        EXTERNAL,
        EXTERNAL.replace("file:///etc/passwd", "http://127.0.0.1:9/x"),
        '<!DOCTYPE p SYSTEM "http://127.0.0.1:9/x.dtd"><playlist>&x;</playlist>',
        '<!DOCTYPE p [<!ENTITY % d SYSTEM "http://127.0.0.1:9/x"> %d;]><playlist/>',
        f'<!DOCTYPE p [<!ENTITY a0 "ha">{LAUGHS}]><playlist><title>&a11;</title></playlist>',
    ],
)
def test_xml_that_reaches_out_or_grows_is_refused(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("it reached out"))
    (tmp_path / "x.xspf").write_text(text)
    with pytest.raises(UnreadableFileError):
        read_playlist(tmp_path / "x.xspf")
