"""Reading single files through the worker pool: files from outside, previews, waveforms."""

import threading
from concurrent.futures import CancelledError
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.kinds import Kind
from desktop_app.domain.metadata import Waveform
from desktop_app.domain.notices import PreviewImage
from desktop_app.domain.reading import FileJob, FileReading
from desktop_app.errors import KnownError, UnreadableFileError

if TYPE_CHECKING:
    from desktop_app.engine.workers.pool import WorkerPool

PREVIEW_SECONDS = 30.0


def media_kind(path: Path) -> Kind:
    """What a file given by the user is. Raises UnreadableFileError with the sentence why it can't be used."""
    from desktop_app.engine.media.formats import kind_of_file

    try:
        if path.is_dir():
            raise UnreadableFileError(f"{path} is a folder; give a photo or a track.")
        if not path.exists():
            raise UnreadableFileError(f"There is no file {path}.")
        if not path.is_file():
            raise UnreadableFileError(f"{path} is no regular file.")
        kind = kind_of_file(path)
    except OSError as error:
        raise UnreadableFileError(f"{path} can't be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise UnreadableFileError(f"{str(path)!r} is no file name.") from error
    if kind is None:
        raise UnreadableFileError(f"{path.name} is neither a photo nor a track that Akin can read.")
    return kind


class FileReader:
    """Owns the worker pool, which starts with the first file. Safe from any thread.

    ``urgent``: somebody waits for every file, so the workers run at the program's own priority.
    """

    def __init__(self, jobs: int | None, *, urgent: bool = False) -> None:
        self._jobs = jobs
        self._urgent = urgent
        self._lock = threading.Lock()
        self._pool: WorkerPool | None = None
        self._closed = False

    @property
    def pool(self) -> "WorkerPool":
        """The pool, started when it is first needed."""
        from desktop_app.engine.workers.pool import WorkerPool
        from desktop_app.engine.workers.process import WorkerLimits

        with self._lock:
            if self._closed:
                raise KnownError("The library is closing.")
            if self._pool is None:
                self._pool = WorkerPool(self._jobs, WorkerLimits(low_priority=not self._urgent))
            return self._pool

    def set_jobs(self, jobs: int | None) -> None:
        """Another number of workers, from the next start of the pool on."""
        self._jobs = jobs

    def describe(self, path: Path) -> FileReading:
        """Hashes and vectors of a file outside the library. Raises UnreadableFileError."""
        from desktop_app.engine.workers.calls import read_file

        job = FileJob(path, media_kind(path), want_metadata=True, want_vectors=True, thumbnails=None)
        try:
            reading = self.pool.schedule(read_file, (job,), urgent=True).result()
        except CancelledError as error:
            raise KnownError("The library is closing.") from error
        if reading.problem:
            raise UnreadableFileError(reading.problem)
        return reading

    def preview(self, path: Path, long_side: int) -> PreviewImage:
        """Decoded pixels of a photo or cover. Raises UnreadableFileError."""
        from desktop_app.engine.workers.calls import preview

        media_kind(path)
        return self.pool.schedule(preview, (path, long_side), timeout=PREVIEW_SECONDS, urgent=True).result()

    def waveform(self, path: Path) -> Waveform:
        """Of a whole track. Raises UnreadableFileError."""
        from desktop_app.engine.workers.calls import waveform_of

        media_kind(path)
        return self.pool.schedule(waveform_of, (path,), urgent=True).result()

    def close(self) -> None:
        """End the workers; what waits for them gets an error."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
