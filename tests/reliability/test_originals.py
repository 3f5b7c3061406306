"""The watch over the originals sees whatever a program could do to one."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from reliability.originals import Originals


def _touch(path: Path) -> None:
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def _write_the_same_length(path: Path) -> None:
    status = path.stat()
    path.write_bytes(b"other")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _replace_by_a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


HARM: tuple[Callable[[Path], object], ...] = (
    _touch,
    _write_the_same_length,
    _replace_by_a_link,
    Path.unlink,
    lambda path: path.chmod(0o400),
)


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("by_name", [False, True])
def test_each_change_is_seen(tmp_path: Path, harm: Callable[[Path], object], by_name: bool) -> None:
    path = tmp_path / "a" / "original"
    path.parent.mkdir()
    path.write_bytes(b"whole")
    watched = Originals()
    if by_name:
        watched.keep([path])
    else:
        watched.watch(tmp_path)
    watched.check()
    harm(path)
    with pytest.raises(AssertionError, match="originals changed"):
        watched.check()


def test_a_file_that_comes_is_seen_in_a_folder(tmp_path: Path) -> None:
    watched = Originals()
    watched.watch(tmp_path)
    (tmp_path / "sidecar.xmp").touch()
    with pytest.raises(AssertionError, match="originals changed"):
        watched.check()
    watched.settle()
    watched.check()
