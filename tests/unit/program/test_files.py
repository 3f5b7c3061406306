"""Files are written whole or not at all."""

import os
import stat
import sys
from pathlib import Path

import pytest

from desktop_app.files import replacing, sync_folder


def test_a_file_takes_the_place_of_another(tmp_path: Path) -> None:
    place = tmp_path / "a.txt"
    place.write_text("old")
    with replacing(place) as part:
        part.write_text("new")
        assert (part.parent, place.read_text()) == (tmp_path, "old")
        assert part.name.startswith(".") and part.suffix == ".tmp"
    assert place.read_text() == "new" and list(tmp_path.iterdir()) == [place]


@pytest.mark.parametrize("error", [OSError(28, "full"), KeyboardInterrupt()])
def test_after_an_error_all_is_as_it_was(tmp_path: Path, error: BaseException) -> None:
    place = tmp_path / "a.txt"
    place.write_text("old")

    def write(part: Path) -> None:
        part.write_text("half")
        raise error

    with pytest.raises(type(error)), replacing(place) as part:
        write(part)
    assert place.read_text() == "old" and list(tmp_path.iterdir()) == [place]


def test_it_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, forced = tmp_path / "a.txt", list[bool]()
    monkeypatch.setattr(os, "fsync", lambda _handle: forced.append(place.exists()))
    with replacing(place) as part:
        part.write_text("new")
    assert forced == [False, True] if os.name != "nt" else [False]
    forced.clear()
    with replacing(place, durable=False) as part:
        part.write_text("newer")
    assert not forced


@pytest.mark.skipif(sys.platform == "win32", reason="permissions and links of Unix")
def test_permissions_and_links(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        for name, private, mode in (("open", False, 0o644), ("private", True, 0o600)):
            with replacing(tmp_path / name, private=private):
                pass
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode
    finally:
        os.umask(before)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "file")
    with replacing(tmp_path / "link") as part:
        part.write_text("through")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "elsewhere" / "file").read_text() == "through"


def test_a_folder_that_is_gone_is_no_error(tmp_path: Path) -> None:
    sync_folder(tmp_path)
    sync_folder(tmp_path / "gone")
