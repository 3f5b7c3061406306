"""Keeps the indexes in line with the catalogue: a run after opening, and saves that leave the next one little to do."""

import logging
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.ids import SEQUENCE_BITS
from desktop_app.domain.progress import Phase, Progress
from desktop_app.domain.spaces import SpaceSpec
from desktop_app.errors import KnownError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.index import IndexStore
    from desktop_app.engine.index.last_save import LastSave
    from desktop_app.engine.index.reconcile import ReconcileStep

log = logging.getLogger(__name__)

SAVE_SECONDS = 120.0
"""So often at most indexes are saved while something goes on; what a kill costs is looking at so much again."""
VERIFY_SECONDS = 7 * 24 * 3600.0
"""So often the long files of the indexes are read through."""


class IndexUpkeep:
    """On the writing thread, but ``preparing`` and ``prepared``, which any may ask.

    What an index holds counts as right when it was saved at the present sequence of the catalogue, or when no item has
    another payload than at the last save; else, or where vectors lack, ``prepare`` looks at just those.
    """

    def __init__(self, catalog: "Catalog", store: "IndexStore") -> None:
        self._catalog = catalog
        self._store = store
        self._opened_at = catalog.sequence
        self._last: LastSave | None = None  # as it was found
        self._read_last = False
        self._found_at: dict[str, int] = {}  # the sequence that an index was found with
        self._saved_as: tuple[int, frozenset[str]] | None = None
        self._right: set[str] = set()  # whatever these hold is right
        self._complete: set[str] = set()
        self._working = threading.Event()
        self._prepared = threading.Event()
        self._verified = 0.0
        self._saved_at = time.monotonic()

    @property
    def preparing(self) -> bool:
        """Whether vectors are being added or compared: what is alike may not be found yet."""
        return self._working.is_set()

    @property
    def prepared(self) -> bool:
        """Whether ``prepare`` came to its end in this process."""
        return self._prepared.is_set()

    def prepare(self) -> Iterator[Progress]:
        """Bring every index in line, in steps of some 20 ms between which anything may be written."""
        from desktop_app.engine.index.files import DamagedIndexError
        from desktop_app.engine.index.reconcile import reconcile

        if self.prepared:
            return
        specs = [spec for spec in self._store.spaces.searched() if not self._is_in_line(spec)]
        runs: list[tuple[SpaceSpec, Iterator[ReconcileStep], ReconcileStep]] = []
        for spec in specs:
            run = self._reconciling(spec)
            runs.append((spec, run, next(run)))
            yield Progress(Phase.PREPARING)
        total, before = sum(first.total for _spec, _run, first in runs), 0
        try:
            for spec, run, first in runs:
                if first.total:
                    self._working.set()
                for step in run:
                    yield Progress(Phase.PREPARING, before + step.done, total)
                    self.save_now_and_then()
                before += first.total
                self._right.add(_key(spec))
                self._complete.add(_key(spec))
            for spec in self._store.spaces.searched() if self._verifying_due else ():
                index = self._store.open_space(spec)
                try:
                    for _ in index.verify():
                        yield Progress(Phase.PREPARING)
                except DamagedIndexError as error:
                    log.warning("the index of %s is built anew: %s", spec.name, error)
                    self._working.set()
                    index.clear()
                    for step in reconcile(index, self._catalog, spec, np.zeros(0, np.int64), verify=False):
                        yield Progress(Phase.PREPARING, step.done, step.total)
        finally:
            self._working.clear()
        self._save_quietly(verified=self._verifying_due)
        self._prepared.set()
        self._last = None

    def begin(self, spec: SpaceSpec) -> None:
        """A space is new, or comes back: as long as its index holds all its vectors, whatever is added is right."""
        if self._store.open_space(spec).count == len(self._catalog.vector_items(spec.name, spec.version)):
            self._found_at.setdefault(_key(spec), -1)
            self._right.add(_key(spec))
            self._complete.add(_key(spec))

    def save(self) -> None:
        """Save every index. StorageFullError or KnownError: what was saved before still stands."""
        self._save(verified=False)

    def save_now_and_then(self) -> None:
        """Save if it was long ago."""
        if time.monotonic() - self._saved_at >= SAVE_SECONDS:
            self._save_quietly(verified=False)

    def _save_quietly(self, *, verified: bool) -> None:
        try:
            self._save(verified=verified)
        except KnownError:  # a cache: on a full disk the library still answers
            log.warning("the indexes could not be saved; they are brought in line at the next start", exc_info=True)

    def _save(self, *, verified: bool) -> None:
        from desktop_app.engine.index.last_save import LastSave

        self._saved_at = time.monotonic()
        if not self._store.opened():
            return
        specs = self._store.spaces.searched()
        for spec in specs:
            self._is_in_line(spec)  # notes what was found before it is overwritten
        sequence = self._catalog.sequence
        for spec in specs:
            self._store.open_space(spec).save(sequence if _key(spec) in self._right else -1)
        complete = frozenset(_key(spec) for spec in specs if _key(spec) in self._complete)
        if (sequence, complete) == self._saved_as and not verified:
            return
        ids, payloads = self._catalog.item_payloads()
        if verified or not self._verified:
            self._verified = time.time()  # what is new is right when it is written
        LastSave(sequence, complete, ids, payloads, self._verified).write(self._store.directory)
        self._saved_as = sequence, complete

    # what was found

    @property
    def _verifying_due(self) -> bool:
        return bool(self._verified) and time.time() - self._verified > VERIFY_SECONDS

    def _found_last(self) -> "LastSave | None":
        if not self._read_last:
            from desktop_app.engine.index.last_save import LastSave

            self._last, self._read_last = LastSave.read(self._store.directory), True
            if self._last is not None:
                self._verified = self._last.verified
                if self._last.sequence == self._opened_at:
                    self._saved_as = self._last.sequence, self._last.complete
        return self._last

    def _is_in_line(self, spec: SpaceSpec) -> bool:
        """Whether nothing is to be done for a space; decided when it is first asked, before anything is saved."""
        if _key(spec) not in self._found_at:
            index, last = self._store.open_space(spec), self._found_last()
            self._found_at[_key(spec)] = index.sequence
            if index.sequence == self._opened_at or not index.count:
                self._right.add(_key(spec))
            if (
                last is not None
                and index.damage is None
                and last.sequence == index.sequence == self._opened_at
                and _key(spec) in last.complete
            ):
                self._complete.add(_key(spec))
        return _key(spec) in self._complete and _key(spec) in self._right

    def _reconciling(self, spec: SpaceSpec) -> "Iterator[ReconcileStep]":
        from desktop_app.engine.index.reconcile import reconcile

        index, last = self._store.open_space(spec), self._found_last()
        doubtful = None
        if _key(spec) in self._right:
            doubtful = np.zeros(0, np.int64)
        elif last is not None and last.sequence == self._found_at[_key(spec)] and self._is_earlier(last.sequence):
            # A catalogue that is older than its indexes was put back by hand: it may give payloads other numbers.
            doubtful = last.changed(*self._catalog.item_payloads())
        return reconcile(index, self._catalog, spec, doubtful, verify=False)

    def _is_earlier(self, sequence: int) -> bool:
        """Whether it is a moment of this very library, before the present one: the high bits tell libraries apart."""
        return sequence <= self._opened_at and sequence >> SEQUENCE_BITS == self._opened_at >> SEQUENCE_BITS


def _key(spec: SpaceSpec) -> str:
    return f"{spec.name}-{spec.version}"


def forget_vectors(store: "IndexStore", ids: NDArray[np.int64]) -> None:
    """Take items out of every index."""
    if len(ids):
        for spec in store.spaces.searched():
            store.open_space(spec).remove(ids)


def recall_vectors(catalog: "Catalog", store: "IndexStore", ids: NDArray[np.int64]) -> None:
    """Give items that are there again back to the indexes, from the vectors that the catalogue keeps."""
    if len(ids):
        for spec in store.spaces.searched():
            index = store.open_space(spec)
            wanted = np.intersect1d(ids, catalog.vector_items(spec.name, spec.version))
            for held, vectors in catalog.iterate_vectors(spec.name, spec.version, wanted):  # a million: 12 GB at once
                index.add(held, vectors)
