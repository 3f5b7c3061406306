"""The walk over real folders: what counts, what is passed over, and what can't loop or hang it."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from desktop_app.domain.kinds import Kind
from desktop_app.engine import scanner
from desktop_app.engine.scanner import ScanBatch, ScannedFile, ScanRules, is_empty_folder, is_gone, look_at, scan

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="links, pipes and names as POSIX has them")


def walked(root: Path, rules: ScanRules | None = None, *, below: str = "", deep: bool = True) -> ScanBatch:
    """All batches as one."""
    whole = ScanBatch()
    for batch in scan(root, rules, below=below, deep=deep):
        whole.files.extend(batch.files)
        whole.ignored += batch.ignored
        whole.unreadable += batch.unreadable
    return whole


def names(batch: ScanBatch) -> list[str]:
    """The candidates' relpaths, sorted."""
    return sorted(file.relpath for file in batch.files)


def make(root: Path, *relpaths: str, data: bytes = b"data") -> None:
    """Files of a few bytes."""
    for relpath in relpaths:
        path = root / relpath
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def test_candidates_and_ignored(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "sub/B.JPEG", "sub/deep/c.mp3", "notes.txt", "sub/film.mp4", "no extension")
    (tmp_path / "song").write_bytes(b"fLaC" + b"\0" * 60)
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 60)
    batch = walked(tmp_path)
    assert names(batch) == ["a.jpg", "picture", "song", "sub/B.JPEG", "sub/deep/c.mp3"]
    assert batch.ignored == 3
    kinds = {file.relpath: file.kind for file in batch.files}
    assert kinds["song"] is Kind.TRACK
    assert kinds["picture"] is Kind.PHOTO


def test_a_file_is_told_with_its_size_and_time(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    status = (tmp_path / "a.jpg").stat()
    assert list(walked(tmp_path).files) == [ScannedFile("a.jpg", 4, status.st_mtime_ns, Kind.PHOTO)]
    assert look_at(tmp_path, "a.jpg") == ScannedFile("a.jpg", 4, status.st_mtime_ns, Kind.PHOTO)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows doesn't tell")
def test_a_file_is_told_with_when_it_was_renamed(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "sub/b.jpg")
    (tmp_path / "song").write_bytes(b"fLaC" + b"\0" * 60)
    files = walked(tmp_path).files
    assert list(files.renamed_at) == [(tmp_path / name).stat().st_ctime for name in files.relpath]
    assert len(files.renamed_at) == 3


@pytest.mark.parametrize("ending", ["a.jpg", "b"])
def test_a_time_beyond_64_bits_is_the_last_within(tmp_path: Path, ending: str) -> None:
    make(tmp_path, ending, data=b"\xff\xd8\xff\xe0" + bytes(60))
    path = tmp_path / ending
    try:
        os.utime(path, (0, 10_413_792_000))  # the year 2300
    except (OSError, OverflowError):
        pytest.skip("this file system has no such times")
    if path.stat().st_mtime_ns < 2**63:
        pytest.skip("this file system has no such times")
    found = list(walked(tmp_path).files)
    assert found == [look_at(tmp_path, ending)]
    assert 2**62 < found[0].mtime_ns < 2**63
    make(tmp_path, "a.xmp", "b.xmp")
    assert list(walked(tmp_path).files) == [look_at(tmp_path, ending)] != found
    assert walked(tmp_path).files.mtime_ns[0] < 2**63, "also with the trace of its sidecar"


def test_a_root_that_is_gone_is_noted_and_a_folder_that_is_gone_is_not(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    assert walked(tmp_path / "root", below="gone").unreadable == []
    ((folder, sentence),) = walked(tmp_path / "gone").unreadable
    assert folder == "" and str(tmp_path / "gone") in sentence


def test_hidden_and_excluded(tmp_path: Path) -> None:
    make(tmp_path, ".hidden/a.jpg", ".b.jpg", "._c.jpg", "@eaDir/d.jpg", "My.photoslibrary/e.jpg", "x/y/f.jpg", "g.jpg")
    rules = ScanRules(excluded_folders=("@eadir", "*.photoslibrary", "x/y"))
    batch = walked(tmp_path, rules)
    assert names(batch) == ["g.jpg"]
    assert batch.ignored == 2
    shown = walked(tmp_path, ScanRules(include_hidden=True))
    assert names(shown) == [
        ".b.jpg",
        ".hidden/a.jpg",
        "@eaDir/d.jpg",
        "My.photoslibrary/e.jpg",
        "g.jpg",
        "x/y/f.jpg",
    ]


def test_the_same_rules_for_a_path() -> None:
    exclusions = ScanRules(excluded_folders=("@eaDir", "x/y")).matcher(Path("/"))
    left_out = ["@eaDir/a.jpg", "b/@EADIR/a.jpg", ".x/a.jpg", "x/y/a.jpg", ".a.jpg", "b/._a.jpg"]
    assert [path for path in left_out if not exclusions.leaves_out_path(path)] == []
    assert not exclusions.leaves_out_path("b/x/a.jpg")


def test_folders_of_the_program_itself(tmp_path: Path) -> None:
    thumbnail = "akin/thumbnails/ab/cd/abcd0123456789ab.jpg"
    make(tmp_path, "a.jpg", thumbnail, "akin/samples/c.jpg", "thumbnails/d.jpg")
    rules = ScanRules(include_hidden=True, own_folders=(tmp_path / "akin" / "thumbnails", tmp_path))
    assert names(walked(tmp_path, rules)) == ["a.jpg", "akin/samples/c.jpg", "thumbnails/d.jpg"]
    exclusions = rules.matcher(tmp_path)
    assert exclusions.leaves_out_path(thumbnail) and exclusions.holds_own(thumbnail)
    assert exclusions.leaves_out_path("akin/thumbnails/ab/b.jpg") and not exclusions.holds_own(
        "akin/thumbnails/ab/b.jpg"
    )
    assert not exclusions.holds_own("ab/cd/abcd0123456789ab.jpg")
    assert not exclusions.leaves_out_path("thumbnails/d.jpg") and not exclusions.holds_own("akin/samples/c.jpg")


def test_part_of_a_root(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "sub/b.jpg", "sub/deep/c.jpg")
    assert names(walked(tmp_path, below="sub")) == ["sub/b.jpg", "sub/deep/c.jpg"]
    assert names(walked(tmp_path, below="sub", deep=False)) == ["sub/b.jpg"]
    assert names(walked(tmp_path, below="not there")) == []
    assert walked(tmp_path, below="not there").unreadable == []


@posix_only
def test_links_make_no_loop(tmp_path: Path) -> None:
    root = tmp_path / "root"
    make(root, "a.jpg", "sub/b.jpg")
    make(tmp_path, "outside/c.jpg")
    (root / "sub" / "loop").symlink_to(root, target_is_directory=True)
    (root / "self").symlink_to(root / "self")
    (root / "elsewhere").symlink_to(tmp_path / "outside", target_is_directory=True)
    (root / "linked.jpg").symlink_to(tmp_path / "outside" / "c.jpg")
    (root / "broken.jpg").symlink_to(tmp_path / "nothing.jpg")
    (root / "round.jpg").symlink_to(root / "round.jpg")
    batch = walked(root)
    assert names(batch) == ["a.jpg", "linked.jpg", "sub/b.jpg"]
    assert batch.ignored == 0
    (tmp_path / "link to root").symlink_to(root, target_is_directory=True)
    assert names(walked(tmp_path / "link to root")) == ["a.jpg", "linked.jpg", "sub/b.jpg"]


@posix_only
def test_what_is_no_file_is_passed_over_unopened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder.jpg").mkdir()
    batch = walked(tmp_path)
    assert (len(batch.files), batch.ignored) == (0, 0)
    assert look_at(tmp_path, "pipe.jpg") is None
    assert look_at(tmp_path, "nothing.jpg") is None
    assert look_at(tmp_path, "nul\0.jpg") is None


@posix_only
def test_names_of_any_sort(tmp_path: Path) -> None:
    odd = ["quo\"te's.jpg", "new\nline.jpg", "日本.jpg", os.fsdecode(b"caf\xe9.jpg"), " .jpg", "%s.jpg"]
    make(tmp_path, *odd)
    assert names(walked(tmp_path)) == sorted(odd)


@pytest.fixture
def deep_folder(tmp_path: Path) -> Iterator[Path]:
    """A tree too deep for any path to reach its end, taken down again level by level."""
    here = os.open(".", os.O_RDONLY)
    levels = 1200
    try:
        os.chdir(tmp_path)
        for _ in range(levels):
            Path("deeper").mkdir()
            os.chdir("deeper")
        Path("unreachable.jpg").touch()
        os.fchdir(here)
        yield tmp_path
        os.chdir(tmp_path)
        for _ in range(levels):
            os.chdir("deeper")
        Path("unreachable.jpg").unlink()
        for _ in range(levels):
            os.chdir("..")
            Path("deeper").rmdir()
    finally:
        os.fchdir(here)
        os.close(here)


@posix_only
def test_a_thousand_levels_deep(deep_folder: Path) -> None:
    make(deep_folder, "a.jpg")
    batch = walked(deep_folder)
    assert names(batch) == ["a.jpg"]
    assert len(batch.unreadable) == 1
    assert "can't be read: file name too long" in batch.unreadable[0][1]


@pytest.mark.parametrize("call", ["scandir", pytest.param("open", marks=posix_only)])
def test_a_folder_without_permission_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Both where folders are listed by path and where they are opened first."""
    make(tmp_path, "locked/a.jpg", "open/b.jpg", "strange/c.jpg")
    real = getattr(os, call)

    def refuse(folder: Path, *options: int) -> object:
        if folder.name == "locked":
            raise PermissionError(13, "Permission denied")
        if folder.name == "strange":
            raise OSError(5, "Input/output error")
        return real(folder, *options)

    if call == "scandir":
        monkeypatch.setattr(scanner.os, "supports_fd", set())
    monkeypatch.setattr(scanner.os, call, refuse)
    batch = walked(tmp_path)
    assert names(batch) == ["open/b.jpg"]
    assert dict(batch.unreadable) == {
        "locked": f"Akin is not allowed to look into the folder {tmp_path / 'locked'}.",
        "strange": f"The folder {tmp_path / 'strange'} can't be read: input/output error.",
    }


def test_a_file_whose_first_bytes_cannot_be_read_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "README")
    real = os.open

    def refuse(path: Path, *options: int) -> int:
        if path.name == "README":
            raise PermissionError(13, "Permission denied")
        return real(path, *options)

    monkeypatch.setattr(scanner.os, "open", refuse)
    assert walked(tmp_path).ignored == 1


@posix_only
def test_looking_through_many_folders_leaves_none_open(tmp_path: Path) -> None:
    make(tmp_path, *(f"{folder}/deep/a.jpg" for folder in range(50)))
    before = len(list(Path("/dev/fd").iterdir()))
    steps = scan(tmp_path)
    next(steps)
    steps.close()
    assert names(walked(tmp_path)) == sorted(f"{folder}/deep/a.jpg" for folder in range(50))
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_name_that_is_an_ending_is_known_by_its_content(tmp_path: Path) -> None:
    make(tmp_path, "jpg")
    (tmp_path / "mp3").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 60)
    assert [(file.relpath, file.kind) for file in walked(tmp_path).files] == [("mp3", Kind.PHOTO)]


def test_batches_are_bounded(tmp_path: Path) -> None:
    for folder in range(6):
        make(tmp_path, *(f"{folder}/{number}.jpg" for number in range(200)))
    batches = list(scan(tmp_path))
    assert len(batches) >= 2
    assert sum(len(batch.files) for batch in batches) == 1200


def test_an_empty_folder(tmp_path: Path) -> None:
    assert is_empty_folder(tmp_path)
    assert not is_empty_folder(tmp_path / "nothing")
    make(tmp_path, "x")
    assert not is_empty_folder(tmp_path)


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root may enter every folder."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def outside() -> Iterator[Path]:
    """A folder that everybody may reach."""
    made = Path(tempfile.mkdtemp(prefix="akin-scanner-"))
    made.chmod(0o755)
    yield made
    for folder in [made, *made.iterdir()]:
        folder.chmod(0o755)
    shutil.rmtree(made)


@posix_only
def test_the_files_of_a_folder_that_may_be_listed_and_not_entered_are_not_gone(outside: Path) -> None:
    make(outside, "a.jpg", "shut/b.jpg", "shut/song.unusual name", "shut/deep/c.jpg")
    (outside / "shut" / "to nothing.jpg").symlink_to("nothing")
    (outside / "shut").chmod(0o444)
    with as_somebody_else():
        batch, gone = walked(outside), is_gone(outside / "shut" / "b.jpg")
    assert names(batch) == ["a.jpg"]
    assert {folder for folder, _sentence in batch.unreadable} == {"shut", "shut/deep"}
    assert not gone


@posix_only
def test_a_link_that_leads_into_a_shut_folder_says_nothing_of_its_own(outside: Path) -> None:
    make(outside, "shut/b.jpg", "open/a.jpg")
    (outside / "open" / "link.jpg").symlink_to(outside / "shut" / "b.jpg")
    (outside / "shut").chmod(0)
    with as_somebody_else():
        batch = walked(outside, below="open")
    assert (names(batch), batch.unreadable) == (["open/a.jpg"], [])


def test_what_is_gone(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    assert not is_gone(tmp_path / "a.jpg")
    assert is_gone(tmp_path / "b.jpg")
    assert is_gone(tmp_path / "no folder" / "b.jpg")
    assert is_gone(tmp_path / "a.jpg" / "b.jpg")
    assert is_gone(tmp_path / "nul\0")


def test_a_file_where_a_folder_was_is_no_folder_that_cannot_be_read(tmp_path: Path) -> None:
    make(tmp_path, "was a folder.d")
    assert walked(tmp_path, below="was a folder.d", deep=False).unreadable == []
