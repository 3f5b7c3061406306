"""How work on one file can fail, in words for people."""

from desktop_app.errors import KnownError, UnreadableFileError


class FileGoneError(UnreadableFileError):
    """The file vanished between being listed and being opened."""


class FileChangedError(UnreadableFileError):
    """The file was written to while it was read; it is left until it is quiet."""


class WorkerFailedError(UnreadableFileError):
    """A file that cost its worker twice: the file is to blame."""


class WorkerCrashedError(WorkerFailedError):
    """The process died of the file."""

    def __init__(self) -> None:
        super().__init__("This file made its decoder crash. It may be damaged.")


class WorkerHungError(WorkerFailedError):
    """The time limit passed."""

    def __init__(self) -> None:
        super().__init__("Reading this file took too long, so it was given up. It may be damaged.")


class WorkerMemoryError(WorkerFailedError):
    """The memory limit was reached."""

    def __init__(self) -> None:
        super().__init__("Reading this file needs more memory than one file may take.")


class WorkersUnavailableError(KnownError):
    """No worker process can be started on this machine; not the fault of any file."""

    exit_code = 1


class PoolClosedError(KnownError):
    """The program is closing, so the work was not done."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__("The work was stopped because the library is being closed.")
