"""Describes the photos that lack a vector of a model: other workers decode, the model's worker encodes in batches.

The catalogue says what is lacking, so a run that was killed is taken up where the last batch was written.
"""

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.ids import ItemId, RootId
from desktop_app.domain.kinds import Kind
from desktop_app.domain.progress import Phase, Progress
from desktop_app.engine.models.preparing import prepared
from desktop_app.engine.models.runner import ModelRunner
from desktop_app.engine.models.shelf import UsedModel
from desktop_app.engine.runs import RunControl
from desktop_app.engine.workers.outcomes import PoolClosedError, WorkerFailedError
from desktop_app.errors import UnreadableFileError

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.catalog.places import KnownItem
    from desktop_app.engine.index import IndexStore
    from desktop_app.engine.media.thumbnails import ThumbnailCache
    from desktop_app.engine.workers.pool import WorkerPool

PATIENCE = 0.02
"""Seconds that one step waits at most."""
BATCH, BATCH_ON_CUDA = 32, 128
CHUNK = 512
"""Items looked up in the catalogue at a time."""

Pixels = NDArray[np.uint8]
Vectors = NDArray[np.float32]


class Describer:
    """One run over one model; belongs to the writing thread.

    ``problems`` holds the items that can't be decoded; ``absent`` counts those that could not be reached just now.
    """

    def __init__(
        self,
        model: UsedModel,
        runner: ModelRunner,
        catalog: "Catalog",
        store: "IndexStore",
        *,
        pool: "WorkerPool",
        thumbnails: "ThumbnailCache",
        problems: set[ItemId],
    ) -> None:
        self._model, self._runner = model, runner
        self._catalog, self._store = catalog, store
        self._pool, self._thumbnails, self._problems = pool, thumbnails, problems
        self._batch = BATCH_ON_CUDA if model.device == "cuda" else BATCH
        self._roots: dict[RootId, Path] = {}
        self._preparing: deque[tuple[KnownItem, Future[Pixels]]] = deque()
        self._ready: list[tuple[KnownItem, Pixels]] = []
        self._encoding: deque[tuple[list[KnownItem], Future[Vectors]]] = deque()
        self.done = self.absent = 0

    def run(self, control: RunControl) -> Iterator[Progress]:
        """Until nothing is lacking or the run is cancelled. Raises ModelRefusedError, ModelFailedError."""
        spec = self._model.spec
        lacking = self._catalog.items_without_vectors(spec.name, spec.version, Kind.PHOTO)
        lacking = lacking[~np.isin(lacking, np.asarray(sorted(self._problems), np.int64))]
        if not len(lacking):
            return
        self._roots = {root.id: root.path for root in self._catalog.roots()}
        items = self._items(lacking)
        total, started = len(lacking), time.monotonic()
        left = True
        try:
            while (left or self._preparing or self._ready or self._encoding) and not control.cancelled:
                if not control.paused:
                    left = left and self._fill(items)
                self._collect()
                self._send(last=not left and not self._preparing)
                for ids in self._written():
                    control.changed(ChangeSet(frozenset(ids)))
                done = self.done
                rate = done / max(time.monotonic() - started, 1e-3)
                yield Progress(
                    Phase.PAUSED if control.paused else Phase.DESCRIBING,
                    done,
                    total,
                    rate=rate,
                    seconds_left=(total - done) / rate if done > self._batch else None,
                )
        finally:
            self._index_copies()
            for _item, future in self._preparing:
                future.cancel()
            for _items, encoding in self._encoding:
                encoding.cancel()

    def _items(self, ids: NDArray[np.int64]) -> "Iterator[KnownItem]":
        """Each content once; copies get their vector with it."""
        seen: set[str] = set()
        for start in range(0, len(ids), CHUNK):
            for item in self._catalog.known_items(ids[start : start + CHUNK]):
                if item.payload_hash is None or item.payload_hash in seen:
                    self.done += 1
                else:
                    seen.add(item.payload_hash)
                    yield item

    def _fill(self, items: "Iterator[KnownItem]") -> bool:
        """Have enough decoded ahead; returns whether there is more."""
        source = self._model.source
        while len(self._preparing) + len(self._ready) < 3 * self._batch:
            item = next(items, None)
            if item is None:
                return False
            path = self._roots[item.root_id] / item.relpath
            thumbnail = self._thumbnails.path_of(item.content_hash) if item.content_hash else None
            future = self._pool.schedule(prepared, (path, thumbnail, source.side, source.crop))
            self._preparing.append((item, future))
        return True

    def _collect(self) -> None:
        waiting: list[Future[Any]] = [future for _item, future in list(self._preparing)[:1]]
        waiting += [future for _items, future in list(self._encoding)[:1]]
        if waiting and not any(future.done() for future in waiting):
            wait(waiting, PATIENCE, FIRST_COMPLETED)
        while self._preparing and self._preparing[0][1].done():
            item, future = self._preparing.popleft()
            try:
                self._ready.append((item, future.result()))
            except CancelledError as error:
                raise PoolClosedError from error
            except (WorkerFailedError, ValueError):
                self._leave_out(item)
            except (UnreadableFileError, OSError) as error:
                # It has been read before. A drive or a share may be away, which is no fault of the photo: next time.
                if isinstance(error, UnreadableFileError) and (self._roots[item.root_id] / item.relpath).exists():
                    self._leave_out(item)
                else:
                    self.absent += 1
                    self.done += 1

    def _leave_out(self, item: "KnownItem") -> None:
        self._problems.add(item.id)
        self.done += 1

    def _send(self, *, last: bool) -> None:
        """A full batch, or what is left, while the model's worker has less than two."""
        while len(self._encoding) < 2 and (len(self._ready) >= self._batch or (last and self._ready)):
            batch, self._ready = self._ready[: self._batch], self._ready[self._batch :]
            pixels = np.stack([each for _item, each in batch])
            future = self._runner.images(self._model.source, pixels)
            self._encoding.append(([item for item, _pixels in batch], future))

    def _written(self) -> Iterator[list[ItemId]]:
        """A batch that came back, once it is in the catalogue and the index; one a step."""
        if self._encoding and self._encoding[0][1].done():
            items, future = self._encoding.popleft()
            vectors = self._runner.result_of(future)
            spec = self._model.spec
            with self._catalog.transaction():
                self._catalog.put_vectors(
                    spec.name, spec.version, [str(item.payload_hash) for item in items], list(vectors)
                )
            self._index([item.id for item in items])
            self.done += len(items)
            yield [item.id for item in items]

    def _index_copies(self) -> None:
        """Copies of what was described have its vector, however the run ended: their index has to hold them, too."""
        spec = self._model.spec
        described = self._catalog.vector_items(spec.name, spec.version)
        self._index(np.setdiff1d(described, self._store.open_space(spec).ids()).tolist())

    def _index(self, ids: list[int] | list[ItemId]) -> None:
        """From the catalogue, so that the index holds what a rebuild would."""
        spec = self._model.spec
        have, vectors = self._catalog.vectors_of_items(spec.name, spec.version, np.asarray(sorted(ids), np.int64))
        if len(have):
            self._store.open_space(spec).add(have, vectors)
