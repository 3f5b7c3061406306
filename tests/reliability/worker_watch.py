"""Files through the real worker processes, as the indexer sends them, and what the workers take meanwhile."""

import contextlib
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, wait
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from desktop_app.domain.kinds import Kind
from desktop_app.domain.reading import FileJob, FileReading
from desktop_app.engine.media.formats import kind_of_name
from desktop_app.engine.workers.calls import read_in_company
from desktop_app.engine.workers.outcomes import WorkerCrashedError, WorkerHungError, WorkerMemoryError
from desktop_app.engine.workers.pool import WorkerPool
from desktop_app.errors import KnownError


@dataclass(slots=True)
class Outcome:
    """What came of one file: a reading, or the error that the indexer would make a problem of."""

    path: Path
    problem: str | None
    crashed: bool = False
    hung: bool = False
    swollen: bool = False


@dataclass(slots=True)
class Peak:
    """The most memory that one worker had resident, in bytes."""

    resident: int = 0
    _end: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        """Until the end."""
        while not self._end.wait(0.01):
            for child in psutil.Process().children():
                with contextlib.suppress(psutil.Error):
                    self.resident = max(self.resident, child.memory_info().rss)

    def end(self) -> None:
        """No more looks."""
        self._end.set()


@contextlib.contextmanager
def memory_watched() -> Iterator[Peak]:
    """While inside, the memory of this process's children is looked at a hundred times a second."""
    peak = Peak()
    thread = threading.Thread(target=peak.look)
    thread.start()
    try:
        yield peak
    finally:
        peak.end()
        thread.join()


def read_through(
    pool: WorkerPool, paths: Iterable[Path], *, patience: float, vectors: bool = True, thumbnails: Path | None = None
) -> Iterator[Outcome]:
    """Each file's outcome, some tens in flight; fails if one takes longer than ``patience`` seconds."""
    flying: dict[Future[FileReading], Path] = {}
    for path in paths:
        kind = kind_of_name(path.name) or Kind.PHOTO
        job = FileJob(path, kind, want_vectors=vectors or kind is Kind.TRACK, thumbnails=thumbnails)
        flying[pool.schedule(read_in_company, (job,))] = path
        if len(flying) >= pool.room:
            yield from _landed(flying, patience)
    while flying:
        yield from _landed(flying, patience)


def _landed(flying: dict[Future[FileReading], Path], patience: float) -> Iterator[Outcome]:
    first = next(iter(flying))
    done, _ = wait([first], patience)
    if not done:
        raise NotYet(f"{flying[first]} never came back")
    path = flying.pop(first)
    try:
        yield Outcome(path, first.result().problem)
    except KnownError as error:
        yield Outcome(
            path,
            error.user_text,
            crashed=isinstance(error, WorkerCrashedError),
            hung=isinstance(error, WorkerHungError),
            swollen=isinstance(error, WorkerMemoryError),
        )
