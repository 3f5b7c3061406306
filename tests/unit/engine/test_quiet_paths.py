"""When a changed path has come to rest, with a clock and looks made up."""

from pathlib import Path

from desktop_app.engine import quiet_paths
from desktop_app.engine.quiet_paths import Look, QuietPaths, look

A, B = Path("/root/a.jpg"), Path("/root/sub/b.jpg")


class Disk:
    """What a look at each path shows."""

    def __init__(self) -> None:
        self.looks: dict[Path, Look] = {}

    def __call__(self, path: Path) -> Look:
        return self.looks.get(path)


def test_a_path_is_told_once_after_a_quiet_time() -> None:
    paths = QuietPaths(1.0, Disk())
    paths.note(A, 10.0)
    assert paths.next_time() == 11.0
    assert paths.take_ripe(10.9) == set()
    assert paths.take_ripe(11.0) == {A}
    assert paths.take_ripe(20.0) == set()
    assert paths.next_time() is None


def test_every_event_begins_the_quiet_time_anew() -> None:
    paths = QuietPaths(1.0, Disk())
    for tenth in range(10):
        paths.note(A, 10.0 + tenth / 2)
        assert paths.take_ripe(10.0 + tenth / 2) == set()
    assert paths.take_ripe(15.5) == {A}


def test_a_file_that_grows_without_events_is_left_until_it_rests() -> None:
    disk = Disk()
    paths = QuietPaths(1.0, disk)
    disk.looks[A] = (10, 1)
    paths.note(A, 0.0)
    disk.looks[A] = (20, 2)
    assert paths.take_ripe(1.0) == set()
    disk.looks[A] = (30, 3)
    assert paths.take_ripe(2.0) == set()
    assert paths.take_ripe(3.0) == {A}


def test_two_files_that_change_places_are_given_out_together() -> None:
    """Their first events come while only one of them is there, and not at one moment where they lie in two roots."""
    disk = Disk()
    paths = QuietPaths(1.0, disk)
    paths.note(A, 0.0)
    disk.looks[A] = (10, 1)
    paths.note(A, 0.001)
    disk.looks[B] = (20, 2)
    paths.note(B, 0.6, written=False)
    assert paths.take_ripe(0.9) == set()
    assert paths.take_ripe(1.01) == {A, B}
    assert paths.next_time() is None


def test_a_file_that_is_still_copied_waits_its_whole_time() -> None:
    """Whatever came to rest before it, for a slow card stalls in the middle of files."""
    paths = QuietPaths(1.0, Disk())
    paths.note(A, 0.0)
    paths.note(B, 0.6)
    assert paths.take_ripe(1.01) == {A}
    assert paths.take_ripe(1.61) == {B}


def test_of_a_crowd_only_folders_are_kept(monkeypatch: object) -> None:
    paths = QuietPaths(1.0, Disk())
    for number in range(quiet_paths.CROWD + 100):
        paths.note(Path(f"/root/{number}.jpg"), 0.0)
    ripe = paths.take_ripe(2.0)
    assert len(ripe) == quiet_paths.CROWD + 1
    assert Path("/root") in ripe


def test_forgetting_a_folder() -> None:
    paths = QuietPaths(1.0, Disk())
    paths.note(A, 0.0)
    paths.note(B, 0.0)
    paths.note(Path("/root/sub"), 0.0)
    paths.forget(Path("/root/sub"))
    assert paths.take_ripe(2.0) == {A}


def test_a_look(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"123")
    status = file.stat()
    assert look(file) == (3, status.st_mtime_ns)
    assert look(tmp_path) is None
    assert look(tmp_path / "nothing") is None
    assert look(Path("nul\0")) is None
