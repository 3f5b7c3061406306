"""Index files are in memory before they are looked at: as a whole after opening, by list before a search."""

import itertools
import mmap
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from desktop_app.domain.kinds import Kind
from desktop_app.domain.spaces import Metric, SpaceSpec
from desktop_app.engine.index import IndexStore, background, ivf, merging, read_ahead
from desktop_app.engine.index.background import BackgroundTidying, BuildStoppedError
from desktop_app.engine.index.read_ahead import CHUNK, PAGE, PIECE, ReadAhead, will_need

DIM = 16
LOOK = SpaceSpec("look", 1, Kind.PHOTO, DIM, Metric.COSINE, DIM, "Look")


def some_vectors(count: int) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    made = np.random.default_rng(2).standard_normal((count, DIM)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_blocks_are_asked_for_in_pieces_from_whole_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def advise(address: int, size: int, _advice: int) -> int:
        asked.append((address, size))
        return 0

    monkeypatch.setattr(read_ahead, "_advise", advise)
    will_need([(10 * PAGE + 100, 300_000), (5 * PAGE, 0)])
    assert asked[0][0] == 10 * PAGE
    assert all(address % PAGE == 0 and 0 < size <= PIECE for address, size in asked)
    ends = [address + size for address, size in asked]
    assert ends[:-1] == [address for address, _ in asked[1:]]
    assert ends[-1] == 10 * PAGE + 100 + 300_000


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no madvise")
def test_the_system_takes_the_advice(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(3 * PIECE))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        view = np.frombuffer(mapped, np.uint8)
        address = view.ctypes.data
        advise = read_ahead._advise  # pyright: ignore[reportPrivateUsage]
        assert advise is not None
        assert advise(address, len(view), 3) == 0
        will_need([(address + 5, 2 * PIECE)])
        del view


def test_files_are_read_whole_but_not_beyond_the_memory_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(bytes(CHUNK + 10))
    second.write_bytes(bytes(5 * CHUNK))
    assert ReadAhead().read([first, tmp_path / "gone", second], lambda: None) == 6 * CHUNK + 10

    class Memory:
        available = 4 * CHUNK  # what was read counts as available, too

    monkeypatch.setattr("psutil.virtual_memory", lambda: Memory)
    reading = ReadAhead()
    assert CHUNK < reading.read([first, second], lambda: None) <= 3 * CHUNK
    assert reading.read([first, second], lambda: None) == 0, "of all that is read ahead for a library"


def test_a_slow_disk_is_not_read_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(9 * CHUNK))
    clock = itertools.count(step=10.0)  # so many seconds a piece
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    reading = ReadAhead()
    assert reading.read([path], lambda: None) == 3 * CHUNK
    assert reading.read([path], lambda: None) == 0


def test_reading_ahead_is_given_up_when_the_library_closes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(5 * CHUNK))
    asked: list[int] = []

    def check() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise BuildStoppedError

    with pytest.raises(BuildStoppedError):
        ReadAhead().read([path], check)
    assert len(asked) == 2


class Hanging:
    """An index on a disk that doesn't answer for a while."""

    def __init__(self) -> None:
        self.begun, self.answers, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.tidied = False

    def read_ahead(self, check: Callable[[], None]) -> None:
        self.begun.set()
        self.answers.wait(60)
        self.ended.set()

    def tidy(self, check: Callable[[], None]) -> bool:
        self.tidied = True
        return False


def test_closing_does_not_wait_for_a_disk_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "READ_SECONDS", 0.05)
    tidying, index = BackgroundTidying(pause=0.0), Hanging()
    tidying.wake(index)
    assert index.begun.wait(30)
    tidying.close()
    assert not index.ended.is_set()
    index.answers.set()
    assert tidying.settle(30)
    assert index.ended.is_set() and not index.tidied, "what writes is not begun any more"


def test_closing_waits_for_what_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "READ_SECONDS", 0.05)
    tidying, index = BackgroundTidying(pause=0.0), Hanging()
    monkeypatch.setattr(index, "read_ahead", lambda _check: None)
    monkeypatch.setattr(index, "tidy", lambda check: index.begun.set() or index.answers.wait(0.4) or index.ended.set())
    tidying.wake(index)
    assert index.begun.wait(30)
    tidying.close()
    assert index.ended.is_set()


def test_an_opened_index_is_read_ahead_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = IndexStore(tmp_path)
    index = made.open_space(LOOK)
    index.add(np.arange(500), some_vectors(500))
    index.save(1)
    made.close()
    read: list[Path] = []
    monkeypatch.setattr(ReadAhead, "read", lambda _self, paths, _check: read.extend(paths))
    tidying = BackgroundTidying(pause=0.0)
    store = IndexStore(tmp_path, tidying=tidying)
    index = store.open_space(LOOK)
    assert tidying.settle(60)
    assert [path.suffix for path in read] == [".vectors"]
    assert not index.tidy()
    store.close()
    assert len(read) == 1


def test_the_indexes_of_a_library_share_what_may_be_read_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BackgroundTidying, "wake", lambda _self, _index: None)
    spaces = [LOOK, replace(LOOK, name="colour")]
    made = IndexStore(tmp_path)
    for spec in spaces:
        made.open_space(spec).add(np.arange(500), some_vectors(500))
    for index in made.opened():
        index.save(1)
    made.close()

    class Memory:
        available = 4 * CHUNK

    monkeypatch.setattr("psutil.virtual_memory", lambda: Memory)
    monkeypatch.setattr(read_ahead, "CHUNK", 4 * CHUNK)
    read: list[int] = []
    read_some = ReadAhead.read
    monkeypatch.setattr(ReadAhead, "read", lambda *words: read.append(read_some(*words)))
    store = IndexStore(tmp_path)
    for spec in spaces:
        index = store.open_space(spec)
        for path in index.folder.glob("*.vectors"):
            with path.open("ab") as file:
                file.truncate(2 * CHUNK)
        index.read_ahead(lambda: None)
        index.read_ahead(lambda: None)
    store.close()
    assert read == [2 * CHUNK, 0]


def test_a_search_asks_for_just_the_lists_that_it_scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "COMPONENTS", 1000 * DIM)
    monkeypatch.setattr(merging, "IVF_ROWS", 1000)
    monkeypatch.setattr(BackgroundTidying, "wake", lambda _self, _index: None)
    store = IndexStore(tmp_path)
    vectors = some_vectors(20_000)
    index = store.open_space(LOOK)
    index.add(np.arange(len(vectors)), vectors)
    index.save(1)
    while index.tidy():
        pass
    (part,) = index.parts
    assert isinstance(part.segment, ivf.IvfSegment)
    asked: list[tuple[int, int]] = []

    def note(blocks: Iterable[tuple[int, int]]) -> None:
        asked.extend(blocks)

    monkeypatch.setattr(ivf, "will_need", note)
    monkeypatch.setattr(ivf, "READ_AHEAD_LISTS", part.segment.tuning.lists - 1)
    index.search(vectors[:1], 5)
    sizes = np.bincount(part.segment.lists_of(slice(None)))
    assert 0 < len(asked) < len(sizes)
    assert sum(size for _, size in asked) >= part.segment.tuning.probes * int(sizes.min()) * (2 * DIM + 8)
    asked.clear()
    index.search(vectors[:1], 5, allow=np.arange(0, len(vectors), 30))  # scanned exactly: all lists, little of each
    assert not asked
    store.close()
