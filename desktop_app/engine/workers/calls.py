"""The tasks as the program names them to its pool: what they need is imported in the worker only."""

from pathlib import Path

from desktop_app.domain.metadata import Waveform
from desktop_app.domain.notices import PreviewImage
from desktop_app.domain.reading import FileJob, FileReading
from desktop_app.engine.workers.gathering import Unfinished


def read_file(job: FileJob) -> FileReading:
    """See ``tasks.read_file``."""
    from desktop_app.engine.workers import tasks

    return tasks.read_file(job)


def read_in_company(job: FileJob) -> "FileReading | Unfinished[FileReading]":
    """See ``tasks.begin_reading``."""
    from desktop_app.engine.workers import tasks

    return tasks.begin_reading(job)


def preview(path: Path, long_side: int) -> PreviewImage:
    """See ``tasks.preview``."""
    from desktop_app.engine.workers import tasks

    return tasks.preview(path, long_side)


def waveform_of(path: Path) -> Waveform:
    """See ``tasks.waveform_of``."""
    from desktop_app.engine.workers import tasks

    return tasks.waveform_of(path)
