"""Answers the command line while this process holds the library: a request is an argv, carried out by the same code."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from desktop_app.domain.progress import IndexReport, Phase, Progress
from desktop_app.engine.local_socket import Channel, connect, listen
from desktop_app.engine.loop import EngineLoop, Run
from desktop_app.errors import LibraryUnavailableError

if TYPE_CHECKING:
    from desktop_app.engine.library import Library

log = logging.getLogger(__name__)
T = TypeVar("T")

REQUEST_SECONDS = 5.0
"""A request that is not complete by then is dropped."""
CONNECTIONS = 16
SLOT_LOOK = 0.1
PAUSE = 1.0
"""After a connection that could not be accepted."""


class Access(Protocol):
    """How a command reaches the library, whoever holds it."""

    @property
    def library(self) -> "Library":
        """To read from."""
        ...

    def write(self, change: Callable[["Library"], T]) -> T:
        """Carry out a write on the thread that may."""
        ...

    def index(self, roots: Sequence[Path] | None, on_progress: Callable[[Progress], None]) -> IndexReport:
        """Index roots to the end; ``on_progress`` is called on the caller's thread."""
        ...

    def describe_photos(self, on_progress: Callable[[Progress], None]) -> bool:
        """Describe photos with the model in use; False where that goes on in the background."""
        ...

    def prepare_indexes(self, on_progress: Callable[[Progress], None]) -> None:
        """Have the search indexes in line with the catalogue; quick where they are."""
        ...


@dataclass(frozen=True, slots=True)
class CommandReply:
    """What a command came to: all of its standard output, its sentence on standard error, its exit code."""

    code: int
    output: str = ""
    error: str = ""


CommandHandler = Callable[[list[str], Path, Access, Callable[[Progress], None]], CommandReply]


class LoopAccess:
    """Reads on the calling thread, writes and runs on the engine's."""

    def __init__(self, loop: EngineLoop) -> None:
        self._loop = loop

    @property
    def library(self) -> "Library":
        """To read from, by any thread."""
        return self._loop.library

    def write(self, change: Callable[["Library"], T]) -> T:
        """Wait until the engine has carried it out."""
        try:
            return self._loop.submit(change).result()
        except CancelledError as error:
            raise _closing() from error

    def index(self, roots: Sequence[Path] | None, on_progress: Callable[[Progress], None]) -> IndexReport:
        """Wait for the run; whoever asked and is gone ends it."""
        seen: queue.SimpleQueue[Progress | None] = queue.SimpleQueue()
        if self._loop.paused:
            seen.put(Progress(Phase.PAUSED))
        return self._followed(self._loop.index(roots, seen.put), seen, on_progress)

    def describe_photos(self, on_progress: Callable[[Progress], None]) -> bool:
        """Whenever nothing else is to be done."""
        self._loop.want_idle_work(anew=True)
        return False

    def prepare_indexes(self, on_progress: Callable[[Progress], None]) -> None:
        """Wait for the run that does it; it goes on also if whoever asked is gone."""
        if not self._loop.library.prepared:
            seen: queue.SimpleQueue[Progress | None] = queue.SimpleQueue()
            self._followed(
                self._loop.prepare_indexes(lambda each: seen.put(each) if each.total else None), seen, on_progress
            )

    def _followed(
        self, run: Run, seen: "queue.SimpleQueue[Progress | None]", on_progress: Callable[[Progress], None]
    ) -> IndexReport:
        """What the run came to; ``seen`` gets its progress, and None at its end."""
        run.future.add_done_callback(lambda _done: seen.put(None))
        try:
            while (progress := seen.get()) is not None:
                on_progress(progress)
            return run.future.result()
        except CancelledError as error:
            raise _closing() from error
        except BaseException:
            run.control.cancel()
            raise


def _closing() -> LibraryUnavailableError:
    return LibraryUnavailableError("Akin was closed before this was done.")


class RequestServer:
    """One thread that accepts and one per connection.

    ``handler`` and ``access``: for commands, None where none is answered. ``on_files`` gets what a second start hands
    over. ``note``: a file that names the address while it is answered.
    """

    def __init__(
        self,
        address: str,
        handler: CommandHandler | None,
        access: Access | None,
        *,
        on_files: Callable[[tuple[Path, ...]], None] | None = None,
        note: Path | None = None,
    ) -> None:
        self._address = address
        self._note = note
        self._handler = handler
        self._access = access
        self._on_files = on_files
        self._slots = threading.BoundedSemaphore(CONNECTIONS)
        self._lock = threading.Lock()
        self._open: dict[Channel, threading.Thread] = {}
        self._thread: threading.Thread | None = None
        self._closed = False

    def start(self) -> None:
        """Raises OSError where the socket can't be made."""
        self._listener = listen(self._address)
        self._thread = threading.Thread(target=self._accept, name="akin-requests", daemon=True)
        self._thread.start()
        if self._note is not None:
            with suppress(OSError):  # where it can't be said, the address is the usual one
                self._note.write_text(self._address + "\n", "utf-8")

    def close(self) -> None:
        """Stop answering; what is being answered is hung up on."""
        if self._thread is None:
            return
        self._closed = True
        if self._note is not None:
            with suppress(OSError):
                self._note.unlink(missing_ok=True)
        self._listener.close()
        self._thread.join(5.0)
        self._thread = None
        with self._lock:
            connections = list(self._open.items())
        for channel, _thread in connections:
            channel.close()

    def join(self, seconds: float) -> None:
        """Wait for what was being answered, after the loop was closed."""
        with self._lock:
            threads = list(self._open.values())
        for thread in threads:
            thread.join(seconds)

    def _accept(self) -> None:
        while not self._closed:
            try:
                channel = self._listener.accept()
            except OSError:
                if self._closed:
                    return
                log.warning("a connection could not be accepted", exc_info=True)
                time.sleep(PAUSE)  # too many files are open, for one: it would fail again at once
                continue
            if channel is None:
                continue
            if not self._has_slot():
                channel.close()
                continue
            thread = threading.Thread(target=self._answer, args=(channel,), name="akin-request", daemon=True)
            with self._lock:
                self._open[channel] = thread
            thread.start()

    def _has_slot(self) -> bool:
        """Whoever comes while all are taken waits for longer than the slow are given, and is answered after these.

        Twice as long: on a busy computer their threads end late.
        """
        end = time.monotonic() + 2 * REQUEST_SECONDS
        while not self._slots.acquire(timeout=SLOT_LOOK):
            if self._closed or time.monotonic() > end:
                return False
        return True

    def _answer(self, channel: Channel) -> None:
        try:
            request = channel.receive(REQUEST_SECONDS)
            if request is not None:
                self._carry_out(request, channel)
        except (OSError, ValueError, RecursionError) as error:
            log.info("a request was dropped: %s", error)
        finally:
            channel.close()
            with self._lock:
                self._open.pop(channel, None)
            self._slots.release()

    def _carry_out(self, request: dict[str, Any], channel: Channel) -> None:
        if "open" in request:
            files = tuple(Path(path) for path in _strings(request["open"]))
            if self._on_files is not None:
                self._on_files(files)
            channel.send({"opened": self._on_files is not None})
            return
        if self._handler is None or self._access is None:
            raise ValueError("commands are answered elsewhere")
        argv, cwd = _strings(request.get("argv")), request.get("cwd")
        if not isinstance(cwd, str):
            raise ValueError("no folder given")
        reply = self._handler(argv, Path(cwd), self._access, lambda p: channel.send({"progress": _packed(p)}))
        channel.send({"reply": asdict(reply)})


def _strings(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ValueError("not a list of texts")
    return list(value)


def _packed(progress: Progress) -> dict[str, Any]:
    return {**asdict(progress), "current": None if progress.current is None else str(progress.current)}


def _unpacked(packed: dict[str, Any]) -> Progress:
    fields: dict[str, Any] = dict(packed)
    fields["phase"] = Phase(packed["phase"])
    fields["current"] = None if packed["current"] is None else Path(packed["current"])
    return Progress(**fields)


def ask(address: str, argv: Sequence[str], cwd: Path, on_progress: Callable[[Progress], None]) -> CommandReply | None:
    """Have the program that holds the library carry out a command; None where nobody answers.

    Raises LibraryUnavailableError if it ends meanwhile.
    """
    channel = connect(address)
    if channel is None:
        return None
    try:
        channel.send({"argv": list(argv), "cwd": str(cwd)})
        while (message := channel.receive(None)) is not None:
            if "reply" in message:
                return CommandReply(**message["reply"])
            on_progress(_unpacked(message["progress"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LibraryUnavailableError("The Akin that holds the library stopped answering.") from error
    finally:
        channel.close()
    raise LibraryUnavailableError("The Akin that holds the library was closed before this was done.")


def hand_over(address: str, files: Sequence[Path]) -> bool:
    """Give files to the window that is open, and bring it forward; False where there is none."""
    channel = connect(address)
    if channel is None:
        return False
    try:
        channel.send({"open": [str(path) for path in files]})
        answer = channel.receive(REQUEST_SECONDS)
        return bool(answer and answer.get("opened"))
    except (OSError, ValueError):
        return False
    finally:
        channel.close()
