"""One run of the indexer: the state it has, and what it does with the files that were found."""

import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.items import Root
from desktop_app.domain.kinds import State
from desktop_app.domain.progress import Phase, Progress
from desktop_app.domain.reading import FileJob, FileReading, KnownHashes
from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.index_upkeep import forget_vectors
from desktop_app.engine.indexing.feed import Feed, Outcome, Task
from desktop_app.engine.indexing.folder_identity import identity_key
from desktop_app.engine.indexing.identity import SHUT, Identity
from desktop_app.engine.indexing.lost_items import LostItems
from desktop_app.engine.indexing.moves import Fate, Verdict
from desktop_app.engine.indexing.pace import Pace
from desktop_app.engine.indexing.plan import Found
from desktop_app.engine.indexing.shared_vectors import Read, apart
from desktop_app.engine.indexing.states import States
from desktop_app.engine.indexing.tools import Tools
from desktop_app.engine.indexing.whereabouts import Whereabouts
from desktop_app.engine.indexing.writing import BatchWriter
from desktop_app.engine.runs import RunControl
from desktop_app.engine.scanner import ScannedFile, look_at
from desktop_app.engine.workers.outcomes import (
    FileChangedError,
    FileGoneError,
    PoolClosedError,
    WorkersUnavailableError,
)
from desktop_app.errors import KnownError

PATIENCE = 0.02
"""Seconds that one step waits for the workers at most."""

TOGETHER = 20_000
"""Known files that are looked for and read in one go; each is some 1 kB while it waits."""

AT_ONCE = 250
"""Of these in one step."""

FEW = 200
"""So many files that may have moved while others were read are looked at once more, in one step."""

COUNTED_AS = {
    Fate.TOUCHED: "updated",
    Fate.MOVED: "moved",
    Fate.MOVED_RETAGGED: "moved",
    Fate.RETAGGED: "updated",
    Fate.EDITED: "updated",
    Fate.ADDED: "added",
}


class Session:
    """Counts, queue and writer of one run; its generators are stepped by ``Indexer``."""

    def __init__(self, tools: Tools, control: RunControl, roots: Iterable[Root]) -> None:
        self.tools = tools
        self.control = control
        self.pace = Pace()
        self.counts: Counter[str] = Counter()
        self.where = Whereabouts(
            {root.id: root for root in roots}, lambda number: tools.catalog.meta(identity_key(number))
        )
        self.to_read: list[Task] = []
        self.unquiet: list[Found] = []
        self._vanished = 0  # files that were there when they were looked at, and not when they were read
        self.started = time.monotonic()
        self._identity = Identity(tools.catalog, self.where, self.counts, tools.recent)
        self._feed = Feed(tools.pool, tools.read, tools.spares)
        self._writer = BatchWriter(tools.catalog, tools.store)
        self.states = States(tools.catalog, self._writer, control)
        self.lost = LostItems(tools, self.where, self.counts, self.states)
        self._tasks: dict[tuple[RootId, str], Task] = {}
        self._held: list[Read] = []  # that wait for the vectors of another file of the same payload
        self.moved: set[RootId] = set()  # roots that lie elsewhere since, to be looked through anew
        self._left: set[RootId] = set()  # roots that were moved, paused or taken out of the library since

    # identity

    def settle(self, found: Sequence[Found], *, waits: bool = True) -> Iterator[Progress]:
        """Hash these files, give them to items, write what moved; what is still to be read is in ``to_read``.

        ``waits``: files that have what lay where there is no quiet yet are looked at again together with that.
        """
        self.to_read = []
        self._notice_roots()
        suspects: list[tuple[Found, FileReading]] = []
        wanted = [each for each in found if each.root_id not in self._left]
        for each in wanted:
            self._feed.add(Task(each, self._job(each, hashes_only=True)))
        self.pace.enter(Phase.SCANNING, len(wanted))
        for outcomes in self._outcomes():
            for task, outcome in outcomes:
                if isinstance(outcome, FileReading):
                    suspects.append((task.found, outcome))
                else:
                    self._note_failure(task, outcome)
            yield self._progress()
        if waits:
            suspects = self._without_hasty(suspects)
        yield from self._resolve_doubts(suspects)
        if not self.control.cancelled:
            self._notice_roots()
            self._carry_out(self._identity.judged([each for each in suspects if each[0].root_id not in self._left]))

    def _without_hasty(self, suspects: Sequence[tuple[Found, FileReading]]) -> list[tuple[Found, FileReading]]:
        """What moves while it is read is seen twice, and what it replaces is not seen at all: both are looked at again.

        Else a photo that changes places with another right now would lose what was said of it to whatever came there.
        """
        seen = Counter(reading.content_hash for _, reading in suspects)
        doubtful = [
            found
            for found, reading in suspects
            if (self.unquiet or seen[reading.content_hash] > 1)
            and reading.content_hash != (found.item and found.item.content_hash)
        ]
        gone = {id(found) for found in doubtful} if len(doubtful) <= FEW else set[int]()
        steady = list[tuple[Found, FileReading]]()
        for found, reading in suspects:
            if id(found) in gone and not self._is_as_read(found, reading):
                self._note_unquiet(found)
            else:
                steady.append((found, reading))
        holding: dict[str | None, list[Found]] = {None: []}
        for found, reading in steady:
            if reading.content_hash is not None:
                holding.setdefault(reading.content_hash, []).append(found)
        for waiting in self.unquiet:  # which grows meanwhile: who waits may itself lie where another was
            if waiting.item is not None and waiting.item.content_hash is not None:
                for found in holding.pop(waiting.item.content_hash, ()):
                    self._note_unquiet(found)
        return [each for each in steady if each[1].content_hash in holding]

    def _is_as_read(self, found: Found, reading: FileReading) -> bool:
        now = self.look_at(found.root_id, found.file.relpath)
        return now is not None and (now.size, now.mtime_ns) == (reading.size, reading.mtime_ns)

    def _note_unquiet(self, found: Found, item_id: ItemId | None = None) -> None:
        """Its file is written to, or moved: it is looked at again when the others are done."""
        self.unquiet.append(found)
        item_id = item_id or (found.item.id if found.item else None)
        if item_id is not None:
            self.lost.note_unread(item_id)

    def _resolve_doubts(self, suspects: Sequence[tuple[Found, FileReading]]) -> Iterator[Progress]:
        """Has workers read what lies now where items of the same content were: it may be large, and far away."""
        looked_at = {found.item.id for found, _reading in suspects if found.item is not None}
        moved = [each for each in suspects if each[0].item is None or each[0].item.content_hash != each[1].content_hash]
        candidates = [item for item in self._identity.candidates(moved) if item.id not in looked_at]
        doubtful = [item for item in candidates if self.where.is_doubtful(item)]
        for item in doubtful:
            file = self.look_at(item.root_id, item.relpath)
            if file is not None:
                found = Found(item.root_id, file, item)
                self._feed.add(Task(found, self._job(found, hashes_only=True), item.id))
        for outcomes in self._outcomes():
            for task, outcome in outcomes:
                if isinstance(outcome, PoolClosedError | WorkersUnavailableError):
                    raise outcome
                if task.item_id is not None:
                    self.where.contents[task.item_id] = (
                        outcome.content_hash if isinstance(outcome, FileReading) else None
                    )
            yield self._progress()

    def _carry_out(self, verdicts: Sequence[Verdict]) -> None:
        self._note_written_over()
        follows = self._identity.consequences(verdicts)
        self.lost.note_verdicts(verdicts)
        with self.states.problems_may_end(bool(follows.moves)):
            self.tools.catalog.move_items(follows.moves)
        self.tools.catalog.touch_items(follows.touches)
        self.states.note_change(each.item_id for each in (*follows.moves, *follows.touches))
        self.lost.note_arrivals((each.root_id, each.relpath) for each in follows.moves)
        self._look_at_left_behind()
        self._drop_passing()
        self._plan_reading(follows.to_read)

    def _note_written_over(self) -> None:
        """Their places are free for the files that lie there now."""
        gone, self._identity.written_over = self._identity.written_over, []
        self.where.lost.update(gone)
        self.states.mark(gone, State.MISSING)

    def _look_at_left_behind(self) -> None:
        places, self._identity.left_behind = self._identity.left_behind, []
        for root_id, relpath in places:
            file = self.look_at(root_id, relpath)
            if file is not None:
                self.unquiet.append(Found(root_id, file))

    def _drop_passing(self) -> None:
        """Items that were but a step of saving others."""
        gone, self._identity.passing = self._identity.passing, {}
        if gone:
            self.tools.catalog.hand_over(gone)
            forget_vectors(self.tools.store, np.array(list(gone), np.int64))
            self.states.note_change(gone)

    def _plan_reading(self, verdicts: Sequence[Verdict]) -> None:
        """What is described already, here or in a file of this very run, is not described again."""
        known = self._identity.described(verdict.reading.payload_hash for verdict in verdicts)
        for verdict in verdicts:
            payload = verdict.reading.payload_hash
            wants = payload is None or payload not in known
            if payload is not None:
                known.add(payload)
            item_id = None if verdict.item is None else verdict.item.id
            job = self._job(verdict.found, want_vectors=wants, reading=verdict.reading)
            self.to_read.append(Task(verdict.found, job, item_id, COUNTED_AS[verdict.fate]))
        self.to_read.sort(key=lambda task: not task.job.want_vectors)

    # reading

    def direct(self, found: Iterable[Found]) -> list[Task]:
        """Tasks for files that nothing is to be asked of first."""
        return [
            Task(each, self._job(each), each.item and each.item.id, "updated" if each.item else "added")
            for each in found
        ]

    def describe_again(self, lacking: NDArray[np.int64]) -> Generator[Progress, None, bool]:
        """Read the files of items that lack a vector; False where one could not be: another run has to.

        Those of paused folders are left alone, and looked for when it goes on with them.
        """
        self._notice_roots()
        left_out, whole = self._vanished + len(self.unquiet), True
        for start in range(0, len(lacking), TOGETHER):
            batch, tasks = lacking[start : start + TOGETHER], list[Task]()
            for at in range(0, len(batch), AT_ONCE):
                for item in self.tools.catalog.known_items(batch[at : at + AT_ONCE]):
                    root = self.where.roots.get(item.root_id)
                    if root is not None and root.paused:
                        continue
                    file = None if root is None else self.look_at(item.root_id, item.relpath)
                    if file is None:
                        whole = False
                    else:
                        found = Found(item.root_id, file, item)
                        tasks.append(Task(found, self._job(found), item.id, "described again"))
                yield self._progress()
                if self.control.cancelled:
                    return False
            yield from self.read(tasks, later=len(lacking) - start - len(batch))
        self._notice_roots()
        return whole and not self._left and self._vanished + len(self.unquiet) == left_out

    def read(self, tasks: Sequence[Task], *, later: int = 0) -> Iterator[Progress]:
        """Read files and write what comes of them, batch by batch; ``later``: how many are to follow, for the total."""
        self._notice_roots()
        wanted = [task for task in tasks if task.found.root_id not in self._left]
        while wanted:
            for task in wanted:
                self._feed.add(task)
            self.pace.enter(Phase.READING, len(wanted) + later)
            try:
                for outcomes in self._outcomes():
                    for task, outcome in outcomes:
                        self._take(task, outcome)
                    if self._writer.due:
                        self._flush()
                    yield self._progress()
            finally:
                self._flush()
            held, self._held = self._held, []  # whose vectors did not come
            wanted = [replace(task, job=replace(task.job, want_vectors=True)) for _write, task in held]
            wanted = [] if self.control.cancelled else wanted
            self.pace.advance(-len(wanted))

    def _take(self, task: Task, outcome: Outcome) -> None:
        self.pace.advance(current=task.job.path)
        if not isinstance(outcome, FileReading):
            self._note_failure(task, outcome)
            return
        known = task.job.known
        if known is not None and outcome.content_hash not in (None, known.content):
            self._note_unquiet(task.found, task.item_id)  # it is not what it was when it was given to an item
            return
        self.pace.problems += outcome.problem is not None
        if outcome.problem is not None and outcome.content_hash is None and outcome.size and task.problem is None:
            outcome = replace(outcome, mtime_ns=SHUT)
        self.counts["embedded"] += bool(outcome.vectors)
        self._tasks[task.found.root_id, task.found.file.relpath] = task
        self._writer.add(ItemWrite(task.item_id, task.found.root_id, task.found.file.relpath, outcome))

    def _flush(self) -> None:
        self._notice_roots()
        taken = [(write, self._tasks[write.root_id, write.relpath]) for write in self._writer.take()]
        self._tasks.clear()
        pairs = [(write, task) for write, task in [*self._held, *taken] if write.root_id not in self._left]
        pairs, self._held = apart(pairs, self._identity.described)
        if not pairs:
            return
        writes, tasks = [write for write, _ in pairs], [task for _, task in pairs]
        writes = self._still_wanted(self._claimed(writes, tasks))
        self.counts.update(task.counts_as for task in tasks)
        change = self._writer.write(writes)
        self.lost.note_read(write.item_id for write in writes)
        self.lost.note_arrivals((write.root_id, write.relpath) for write in writes if write.item_id is None)
        self.states.tell(change)

    def _still_wanted(self, writes: Sequence[ItemWrite]) -> list[ItemWrite]:
        """Without those of items that were taken out of the library while their files were read."""
        known = [write.item_id for write in writes if write.item_id is not None]
        there = self.tools.catalog.paths_of(known) if known else {}
        return [write for write in writes if write.item_id is None or write.item_id in there]

    def _claimed(self, writes: Sequence[ItemWrite], tasks: Sequence[Task]) -> list[ItemWrite]:
        """Files that were read without asking first may turn out to be those of lost items."""
        open_ones = [
            (Found(write.root_id, task.found.file), write.reading)
            for write, task in zip(writes, tasks, strict=True)
            if write.item_id is None
        ]
        owners = {
            (verdict.found.root_id, verdict.found.file.relpath): verdict.item.id
            for verdict in self._identity.judged(open_ones)
            if verdict.item is not None
        }
        claimed: list[ItemWrite] = []
        for write, task in zip(writes, tasks, strict=True):
            owner = owners.get((write.root_id, write.relpath)) if write.item_id is None else None
            if owner is not None:
                self.where.lost.discard(owner)
                task.counts_as = "moved"
                claimed.append(ItemWrite(owner, write.root_id, write.relpath, write.reading))
            else:
                claimed.append(write)
        self._note_written_over()
        self._look_at_left_behind()
        self._drop_passing()
        return claimed

    # steps

    def _notice_roots(self) -> None:
        """Between two steps a folder may be moved, paused or taken out: nothing more is read or written of it."""
        now = self.tools.catalog.root_places()
        for number, root in self.where.roots.items():
            place = now.get(number)
            if place is not None and place.path != root.path:
                self.moved.add(number)
            if number not in self._left and (place is None or place != (root.path, root.paused)):
                self._left.add(number)
                self.pace.advance(self._feed.drop(lambda task, number=number: task.found.root_id == number))

    def follow_moved(self) -> list[Root]:
        """The roots that were moved, as they are now; they are looked through as if the run began with them."""
        moved = [root for root in self.tools.catalog.roots() if root.id in self.moved and not root.paused]
        self.where.roots.update((root.id, root) for root in moved)
        self._left -= self.moved
        self.moved.clear()
        return moved

    def _outcomes(self) -> Iterator[list[tuple[Task, Outcome]]]:
        """What came back, step by step, until nothing is left or the run is cancelled."""
        try:
            while self._feed.left:
                if self.control.cancelled:
                    return
                self._put_preferred_first()
                paused = self.control.paused
                outcomes = self._feed.take(PATIENCE, submit=not paused)
                if paused and not outcomes and not self._feed.in_flight:
                    time.sleep(PATIENCE)
                yield outcomes
        finally:
            self._feed.cancel()

    def _progress(self) -> Progress:
        return self.pace.progress(Phase.PAUSED if self.control.paused else None)

    def _put_preferred_first(self) -> None:
        ids = set(self.control.take_preferred())
        if ids:
            folders = {path.parent for path in self.tools.catalog.paths_of(list(ids)).values()}
            self._feed.prefer(lambda task: task.item_id in ids or task.job.path.parent in folders)

    def _note_failure(self, task: Task, error: KnownError) -> None:
        if isinstance(error, PoolClosedError | WorkersUnavailableError):
            raise error
        item_id = task.item_id or (task.found.item.id if task.found.item else None)
        if isinstance(error, FileGoneError):
            self._vanished += 1
            if item_id is not None:
                self.where.lost.add(item_id)
            return
        if isinstance(error, FileChangedError):
            self._note_unquiet(task.found, item_id)
            return
        file = task.found.file
        reading = FileReading(
            task.job.path, task.job.kind, file.size, file.mtime_ns, None, None, problem=error.user_text
        )
        self._tasks[task.found.root_id, file.relpath] = task
        self.pace.problems += 1
        self._writer.add(ItemWrite(item_id, task.found.root_id, file.relpath, reading))

    def look_again(self) -> list[Found]:
        """The files that changed while they were read, or whose items lie elsewhere after all, as they are now."""
        self.where.is_late |= bool(self.unquiet)  # of a quiet library of copies nothing is asked anew
        places = dict.fromkeys((found.root_id, found.file.relpath) for found in self.unquiet)
        there = self.tools.catalog.items_at(places, missing=False)
        items = {(item.root_id, item.relpath): item for item in there}
        self.unquiet = []
        return [
            Found(place[0], file, items.get(place)) for place in places if (file := self.look_at(*place)) is not None
        ]

    def look_at(self, root_id: RootId, relpath: str) -> ScannedFile | None:
        """One file as it is now; None if it is no candidate."""
        return look_at(self.where.roots[root_id].path, relpath)

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self.started

    def _job(
        self, found: Found, *, hashes_only: bool = False, want_vectors: bool = True, reading: FileReading | None = None
    ) -> FileJob:
        """``reading``: the one that the file's hashes are from."""
        path = self.where.roots[found.root_id].path / found.file.relpath
        if hashes_only:
            return FileJob(path, found.file.kind, want_metadata=False, want_vectors=False)
        known = None
        if reading is not None and reading.content_hash and reading.payload_hash:
            known = KnownHashes(reading.size, reading.mtime_ns, reading.content_hash, reading.payload_hash)
        return FileJob(path, found.file.kind, want_vectors=want_vectors, thumbnails=self.tools.thumbnails, known=known)
