"""The border to the decoding libraries: files are opened here, and whatever a library raises becomes a sentence."""

import os
import stat
import threading
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from desktop_app.domain.kinds import Kind
from desktop_app.errors import UnreadableFileError

_NOUN = {Kind.PHOTO: "picture", Kind.TRACK: "track"}


def open_media(path: Path) -> BinaryIO:
    """``path`` opened for reading. Raises UnreadableFileError if it is no ordinary file, empty or can't be opened."""
    with opening(path):
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise UnreadableFileError("This is a folder, not a file.")
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for its writer
            raise UnreadableFileError("This is not an ordinary file.")
        if status.st_size == 0:
            raise UnreadableFileError("This file is empty.")
        return path.open("rb")


@contextmanager
def opening(path: Path) -> Generator[None, None, None]:
    """Turns what the system says of ``path`` into UnreadableFileError."""
    try:
        yield
    except FileNotFoundError:
        raise UnreadableFileError("This file is not there any more.") from None
    except PermissionError:
        raise UnreadableFileError("Akin is not allowed to read this file.") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        raise UnreadableFileError(f"This file can't be read: {system_words(error)}.") from error


@contextmanager
def decoding(kind: Kind) -> Generator[None, None, None]:
    """Turns whatever a decoder raises into UnreadableFileError, and keeps its warnings from escaping."""
    noun = _NOUN[kind]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnreadableFileError:
        raise
    except MemoryError:
        raise UnreadableFileError(f"This {noun} needs more memory than there is.") from None
    # Decoders of damaged files raise anything: struct.error, SyntaxError, KeyError, ZeroDivisionError, OverflowError,
    # RecursionError, mutagen, av, rawpy and cv2 errors. Here is the one place where each becomes a sentence.
    except Exception as error:
        raise UnreadableFileError(f"This {noun} is damaged and can't be read.") from error


_stderr_lock = threading.Lock()


@contextmanager
def silenced_stderr() -> Generator[None, None, None]:
    """For libraries that tell the terminal about every oddity of a file (libtiff, LibRaw) and can't be asked not to.

    The whole process's stderr is closed meanwhile; decoding happens in worker processes, which say nothing else.
    """
    with _stderr_lock:
        try:
            saved = os.dup(2)
        except OSError:  # a windowed program may have none
            yield
            return
        try:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 2)
            os.close(null)
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def not_a(kind: Kind, path: Path) -> UnreadableFileError:
    """The error for a file whose content is something else than its name says."""
    noun = _NOUN[kind]
    if path.suffix:
        return UnreadableFileError(f"This is not a {noun} that Akin can read, though its name ends in {path.suffix}.")
    return UnreadableFileError(f"This is not a {noun} that Akin can read.")


def system_words(error: Exception) -> str:
    """The system's words for ``error``, without numbers and paths."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return words[:1].lower() + words[1:]
