"""Keeps the worker pool busy with files to read, and hands back what came of each."""

import logging
import queue
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from desktop_app.domain.ids import ItemId
from desktop_app.domain.kinds import Kind
from desktop_app.domain.reading import FileJob, FileReading
from desktop_app.engine.indexing.plan import Found
from desktop_app.engine.workers.gathering import Unfinished
from desktop_app.engine.workers.outcomes import WorkerFailedError
from desktop_app.errors import KnownError, UnreadableFileError

if TYPE_CHECKING:
    from desktop_app.engine.workers.pool import WorkerPool

log = logging.getLogger(__name__)

BASE_SECONDS = 60.0
BYTES_A_SECOND = 4_000_000
"""A slow network disk is not the file's fault: large files get longer."""

SECONDS_A_PLACE = 0.045
"""Of work for each place that the pool has: some 0.4 for a worker, so late a pause, or an urgent file, is noticed."""
HASHED_A_SECOND = 500_000_000
PHOTO_SECONDS = 0.03
DECODED_A_SECOND = 80_000_000
TRACK_SECONDS = 0.15


@dataclass(slots=True)
class Task:
    """A file to read, for which item, and what it counts as afterwards.

    ``problem`` is what the first reading ended with, when only the hashes are still wanted.
    """

    found: Found
    job: FileJob
    item_id: ItemId | None = None
    counts_as: str = "added"
    problem: str | None = None
    tries: int = 0


Outcome = FileReading | KnownError
ReadFunction = Callable[[FileJob], "FileReading | Unfinished[FileReading]"]


class Feed:
    """A queue of tasks before the pool, bounded in flight; while ``spares()`` says so only half of it is used.

    Every task ends in a reading, also one whose file costs its worker (that one has ``problem``), or in a KnownError
    that says why nothing can be said of the file now.
    """

    def __init__(self, pool: "WorkerPool", read: ReadFunction, spares: Callable[[], bool] = lambda: False) -> None:
        self._pool = pool
        self._spares = spares
        self._read = read
        self._waiting: deque[Task] = deque()
        self._flying: dict[Future[FileReading], float] = {}
        self._seconds_flying = 0.0
        self._done: queue.SimpleQueue[tuple[Task, Future[FileReading]]] = queue.SimpleQueue()

    def add(self, task: Task) -> None:
        """Queue a task."""
        self._waiting.append(task)

    def prefer(self, wanted: Callable[[Task], bool]) -> None:
        """Put these before all others, in their order."""
        first = [task for task in self._waiting if wanted(task)]
        if first:
            self._waiting = deque([*first, *(task for task in self._waiting if not wanted(task))])

    def drop(self, unwanted: Callable[[Task], bool]) -> int:
        """Forget of what waits what nobody wants any more; returns how many those were."""
        before = len(self._waiting)
        self._waiting = deque(task for task in self._waiting if not unwanted(task))
        return before - len(self._waiting)

    @property
    def left(self) -> int:
        """How many tasks are not yet handed back."""
        return len(self._waiting) + len(self._flying)

    @property
    def in_flight(self) -> int:
        """How many the pool has."""
        return len(self._flying)

    def take(self, patience: float, *, submit: bool = True) -> list[tuple[Task, Outcome]]:
        """Fill the pool, then what is done; waits for the first at most ``patience`` seconds."""
        while submit and self._waiting and self._has_room():
            self._submit(self._waiting.popleft())
        results: list[tuple[Task, Outcome]] = []
        if not self._flying:
            return results
        try:
            task, future = self._done.get(timeout=patience)
            while True:
                self._seconds_flying -= self._flying.pop(future, 0.0)
                outcome = self._outcome(task, future)
                if outcome is not None:
                    results.append((task, outcome))
                task, future = self._done.get_nowait()
        except queue.Empty:
            return results

    def cancel(self) -> None:
        """Forget what waits; what is being read is read, for nobody."""
        self._waiting.clear()
        for future in self._flying:
            future.cancel()
        self._flying.clear()
        self._seconds_flying = 0.0

    def _has_room(self) -> bool:
        """Enough that no worker waits, and not so much that a pause or an urgent file would."""
        count = len(self._flying)
        if self._spares():
            return count < self._pool.gentle_room
        room = self._pool.room
        enough = self._seconds_flying >= SECONDS_A_PLACE * room and count >= room // 4
        return count < room and not enough

    def _submit(self, task: Task) -> None:
        limit = BASE_SECONDS + task.found.file.size / BYTES_A_SECOND
        future = self._pool.schedule(self._read, (task.job,), timeout=limit)
        self._flying[future] = seconds = _likely_seconds(task)
        self._seconds_flying += seconds
        future.add_done_callback(lambda done: self._done.put((task, done)))

    def _outcome(self, task: Task, future: Future[FileReading]) -> Outcome | None:
        """None: the task goes on."""
        try:
            reading = future.result()
        except CancelledError:
            return None
        except WorkerFailedError as error:
            if task.problem is None and (task.job.want_vectors or task.job.want_metadata):
                # Reading it cost two workers. Its hashes alone are harmless, and let it be known again when it moves.
                task.problem = str(error)
                task.job = replace(task.job, want_vectors=False, want_metadata=False, thumbnails=None)
                self._waiting.appendleft(task)
                return None
            file = task.found.file
            return FileReading(
                task.job.path, task.job.kind, file.size, file.mtime_ns, None, None, problem=task.problem or str(error)
            )
        except KnownError as error:
            return error
        except (OSError, RuntimeError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError) as error:
            # A reader fell over this file in a way that it does not know itself: the file waits, the log has the trace.
            log.warning("unexpected %s while reading a %s", type(error).__name__, task.job.kind, exc_info=error)
            return UnreadableFileError("Akin can make nothing of this file. It may be damaged.")
        return replace(reading, problem=task.problem) if task.problem is not None else reading


def _likely_seconds(task: Task) -> float:
    """What a worker will be at this file, roughly, on an ordinary machine."""
    size = task.found.file.size
    seconds = size / HASHED_A_SECOND
    if not task.job.want_vectors and not task.job.want_metadata and task.job.thumbnails is None:
        return seconds
    if task.job.kind is Kind.TRACK:
        return seconds + TRACK_SECONDS
    return seconds + PHOTO_SECONDS + size / DECODED_A_SECOND
