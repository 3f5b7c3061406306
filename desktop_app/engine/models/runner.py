"""The model worker as the engine sees it: one process, started with the first job, restarted when it dies.

It is a ``WorkerPool`` of one, so a job in whose middle it was killed is done again by its successor. Importing this
loads no torch; only the process does.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from desktop_app.engine.models.checking import ModelRefusedError, ModelSource
from desktop_app.engine.models.sealing import sealed_late
from desktop_app.engine.models.worker import Inspection, encode_images, encode_texts, inspect_model
from desktop_app.engine.workers.outcomes import PoolClosedError, WorkerFailedError
from desktop_app.engine.workers.pool import WorkerPool, usable_cores
from desktop_app.engine.workers.process import WorkerLimits
from desktop_app.errors import KnownError

T = TypeVar("T")

GIGABYTE = 1_000_000_000
LOAD_SECONDS = 300.0
"""The first job also imports torch and loads the weights, maybe from a slow disk."""
BATCH_SECONDS = 300.0
IDLE_SECONDS = 600.0
"""After so long without work the process ends and gives its memory back."""


def model_limits() -> WorkerLimits:
    """All cores; the address space that torch reserves is far more than it uses, so only resident memory is bounded."""
    return WorkerLimits(
        memory=12 * GIGABYTE,
        address_space=False,
        kept_memory=12 * GIGABYTE,
        timeout=BATCH_SECONDS,
        start_timeout=LOAD_SECONDS,
        max_tasks=10_000_000,
        threads=usable_cores(),
        idle_seconds=IDLE_SECONDS,
        confined=False,  # drivers of graphics cards start helpers; it reads checked weights and decoded pixels only
        preload=("desktop_app.engine.models.worker",),
    )


class ModelFailedError(KnownError):
    """The process died of a model, more than once."""


class ModelRunner:
    """Owns the process. Safe from any thread."""

    def __init__(self, limits: WorkerLimits | None = None) -> None:
        self._limits = limits or model_limits()
        self._lock = threading.Lock()
        self._pool: WorkerPool | None = None
        self._closed = False
        self._used = ("", 0.0)  # the last model that answered, and when

    def is_warm(self, source: ModelSource) -> bool:
        """Whether the process has this model loaded, so that it answers in a moment."""
        fingerprint, moment = self._used
        alive = time.monotonic() - moment < self._limits.idle_seconds
        return self._pool is not None and alive and fingerprint == source.fingerprint

    def warm(self, source: ModelSource) -> None:
        """Have a model loaded soon; what goes wrong is told to the next one who asks."""
        if not self.is_warm(source):
            self._schedule(inspect_model, (source,))

    def inspect(self, source: ModelSource) -> Inspection:
        """Load a model and run it once. Raises ModelRefusedError, ModelFailedError."""
        return self._wait(self._schedule(inspect_model, (source,), urgent=True))

    def seal(self, source: ModelSource) -> "Future[ModelSource]":
        """Of one that has no seal yet, later; ``result_of`` says in words why not."""
        return self._schedule(sealed_late, (source,))

    def images(self, source: ModelSource, pixels: NDArray[np.uint8]) -> "Future[NDArray[np.float32]]":
        """(n, side, side, 3) → (n, dim), later; ``result_of`` says in words what went wrong."""
        return self._schedule(encode_images, (source, pixels))

    def image(self, source: ModelSource, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(side, side, 3) → (dim,), before all that waits."""
        return self._wait(self._schedule(encode_images, (source, pixels[None]), urgent=True))[0]

    def text(self, source: ModelSource, text: str) -> NDArray[np.float32]:
        """(dim,), before all that waits."""
        return self._wait(self._schedule(encode_texts, (source, (text,)), urgent=True))[0]

    def texts(self, source: ModelSource, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dim), before all that waits."""
        return self._wait(self._schedule(encode_texts, (source, tuple(texts)), urgent=True))

    def run(self, function: "Callable[..., T]", *args: Any) -> T:
        """Any importable function in the model's process, after all that waits."""
        return self._wait(self._schedule(function, args))

    def result_of(self, future: "Future[T]") -> T:
        """Of a job that is done or not. Raises KnownError."""
        return self._wait(future)

    def close(self) -> None:
        """End the process; what waits for it gets an error. It may not be used again."""
        with self._lock:
            self._closed = True
        self.rest()

    def rest(self) -> None:
        """End the process for now; the next job starts another."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _schedule(self, function: Any, args: tuple[Any, ...], *, urgent: bool = False) -> "Future[Any]":
        with self._lock:
            if self._closed:
                raise PoolClosedError
            if self._pool is None:
                self._pool = WorkerPool(1, self._limits)
            future = self._pool.schedule(function, args, timeout=LOAD_SECONDS, urgent=urgent)
        if function is not sealed_late and args and isinstance(source := args[0], ModelSource):
            future.add_done_callback(lambda done: self._note(source, done))
        return future

    def _note(self, source: ModelSource, done: "Future[Any]") -> None:
        if not done.cancelled() and done.exception() is None:
            self._used = source.fingerprint, time.monotonic()

    def _wait(self, future: "Future[T]") -> T:
        try:
            return future.result()
        except CancelledError as error:
            raise PoolClosedError from error
        except ModelRefusedError:
            raise
        except WorkerFailedError as error:
            raise ModelFailedError(
                "The model's process ended twice at the same work: the model may need more memory than there is."
            ) from error
