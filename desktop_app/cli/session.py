"""Carrying out a command: in this process over its own library, or as the answer to another process."""

import logging
import socket
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from desktop_app.cli import backups, commands, models, playlists, show, similar, spaces
from desktop_app.cli.commands import Answer, Call
from desktop_app.cli.output import PATIENCE, as_json, plural
from desktop_app.cli.parser import parse
from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.notices import Notice, Tone
from desktop_app.domain.progress import IndexReport, Progress
from desktop_app.engine.request_server import Access, CommandReply, LoopAccess, RequestServer
from desktop_app.engine.runs import RunControl
from desktop_app.errors import KnownError, LibraryUnavailableError, refused_by_system
from desktop_app.logs import NAME as LOG_NAME

if TYPE_CHECKING:
    from desktop_app.engine.library import Library
    from desktop_app.engine.loop import Run
    from desktop_app.paths import Profile

log = logging.getLogger(__name__)
T = TypeVar("T")
AT_FAULT = "The library had to stop after a fault. What was saved is there: start the command again."

COMMANDS: dict[str, Callable[[Call], Answer]] = {
    "index": commands.index,
    "similar": similar.similar,
    "find": commands.find,
    "colour": similar.colour,
    "playlist": playlists.playlist,
    "playlists": playlists.playlists,
    "show": show.show,
    "list": commands.list_items,
    "rate": commands.rate,
    "tag": commands.tag,
    "roots": commands.roots,
    "remove": commands.remove,
    "stats": commands.stats,
    "doctor": commands.doctor,
    "backup": backups.backup,
    "restore": backups.restore_while_open,
    "export": backups.export,
    "import": backups.import_collection,
    "models": models.models,
    "spaces": spaces.spaces,
}
SEARCHING = frozenset(("similar", "colour", "playlist"))
"""They answer from the indexes, which have to be in line with the catalogue; the others don't wait for that."""


def carry_out(options: Namespace, cwd: Path, access: Access, on_progress: Callable[[Progress], None]) -> CommandReply:
    """Run one command. Raises what the command raises."""
    if options.command in SEARCHING:
        access.prepare_indexes(on_progress)
    return as_reply(options, COMMANDS[options.command](Call(options, cwd, access, on_progress)))


def as_reply(options: Namespace, answer: Answer) -> CommandReply:
    """What is printed where."""
    output = as_json(answer.document) if getattr(options, "json", False) else answer.text
    notes = "" if getattr(options, "quiet", False) else "".join(f"{note}\n" for note in answer.notes)
    errors = "".join(f"{error}\n" for error in answer.errors)
    return CommandReply(answer.code, output, notes + errors)


def answer_request(argv: list[str], cwd: Path, access: Access, on_progress: Callable[[Progress], None]) -> CommandReply:
    """Answer another process; every error comes back as its sentence and code."""
    try:
        return carry_out(parse(argv), cwd, access, on_progress)
    except (ConnectionError, TimeoutError):
        raise  # whoever asked is gone
    except KnownError as error:
        return CommandReply(error.exit_code, "", f"{error.user_text}\n")
    except (KeyboardInterrupt, SystemExit):
        return CommandReply(130, "", "Stopped; what was done so far is kept.\n")
    except Exception as error:
        log.exception("a request failed")
        if (refused := refused_by_system(error)) is not None:
            return CommandReply(refused.exit_code, "", f"{refused.user_text}\n")
        file = access.library.profile.log_dir / LOG_NAME
        return CommandReply(1, "", f"Something unexpected happened ({type(error).__name__}); see {file}.\n")


class DirectAccess:
    """This thread holds the library: everything is carried out here and now. Indexing goes through a ``Holder``."""

    def __init__(self, library: "Library", holder: "Holder | None" = None) -> None:
        self._library = library
        self._holder = holder

    @property
    def library(self) -> "Library":
        """To read from."""
        return self._library

    def write(self, change: Callable[["Library"], T]) -> T:
        """Carry out a write."""
        return change(self._library)

    def index(self, roots: Sequence[Path] | None, on_progress: Callable[[Progress], None]) -> IndexReport:
        """Index to the end, answering other processes meanwhile."""
        if self._holder is None:
            raise RuntimeError("only a holder indexes")
        return self._holder.index(roots, on_progress)

    def describe_photos(self, on_progress: Callable[[Progress], None]) -> bool:
        """To the end, answering other processes meanwhile if this one indexes."""
        if self._holder is not None:
            self._holder.describe_photos(on_progress)
            return True
        for progress in self._library.describe_photos(control=RunControl()):
            on_progress(progress)
        return True

    def prepare_indexes(self, on_progress: Callable[[Progress], None]) -> None:
        """Here and now; told only where it takes long."""
        started = time.monotonic()
        for progress in self._library.prepare_indexes():
            if progress.total and time.monotonic() - started > PATIENCE:
                on_progress(progress)


class Holder:
    """``akin index``: steps the engine's loop on this thread, and answers other processes meanwhile."""

    def __init__(self, library: "Library", profile: "Profile", say: Callable[[str], None]) -> None:
        from desktop_app.engine.loop import EngineLoop

        self._wakeup = threading.Event()
        self._say = say
        library.stay_open()
        self.loop = EngineLoop(library, self, self._wakeup.set)
        library.backups.on_notice = self.loop.note
        library.when_stopped(self._stop_for_fault)
        self._server = RequestServer(
            profile.socket_path, answer_request, LoopAccess(self.loop), note=profile.address_path
        )
        self.stopped = self._at_fault = False
        self._run: Run | None = None
        self._absent = (0, 0)
        self._signals, self._seen = socket.socketpair()
        self._ending = threading.Thread(target=self._end_soon, name="akin-stop", daemon=True)

    def __enter__(self) -> "Holder":
        self._ending.start()
        try:
            self._server.start()
        except OSError:
            log.warning("the request server can't start", exc_info=True)
        return self

    def __exit__(self, *_details: object) -> None:
        self._server.close()
        self.loop.close()
        self._signals.close()
        self._ending.join(5.0)
        self._seen.close()
        self._server.join(5.0)

    def stop(self) -> None:
        """End the run or the watching soon; from a signal handler, which may run while this very thread has a lock."""
        self.stopped = True
        with suppress(OSError):  # ended already
            self._signals.send(b"\0")

    def _end_soon(self) -> None:
        """On a thread of its own, which may wait for locks, as a signal handler may not."""
        if self._seen.recv(1):
            self.loop.cancel()
            self._wakeup.set()

    def index(self, roots: Sequence[Path] | None, on_progress: Callable[[Progress], None]) -> IndexReport:
        """Index to the end."""
        preparing = self.loop.prepare_indexes()
        run = self._run = self.loop.index(roots, on_progress)
        if self.stopped:
            self.loop.cancel()
        self._step_while(lambda: not run.future.done())
        preparing.on_progress = on_progress
        self._step_while(lambda: not preparing.future.done() and not self.stopped)
        report = run.future.result()
        self._check()
        return report

    def describe_photos(self, on_progress: Callable[[Progress], None]) -> None:
        """To the end, or until stopped."""
        run = self._run = self.loop.describe_photos(on_progress)
        if self.stopped:
            self.loop.cancel()
        self._step_while(lambda: not run.future.done())
        run.future.result()
        self._check()

    def watch(self, *, quiet: bool = False) -> None:
        """Follow the folders until ``stop``, saying in a line what was picked up."""
        self._absent = self._counted()
        if not quiet:
            self.loop.on_changes_applied = self._tell_changes
        self.loop.want_idle_work()
        self._step_while(lambda: not self.stopped)
        self._check()

    def _stop_for_fault(self) -> None:
        """From any thread, maybe in the middle of a step: it is looked at after it."""
        self._at_fault = self.stopped = True

    def _check(self) -> None:
        """Raises LibraryUnavailableError where the library had to stop."""
        if self._at_fault:
            raise LibraryUnavailableError(AT_FAULT)

    def _step_while(self, wanted: Callable[[], bool]) -> None:
        while wanted():
            self._wakeup.clear()
            delay = self.loop.step()
            if delay is None and wanted():
                self._wakeup.wait(0.5)
            elif delay:
                time.sleep(delay)

    def _counted(self) -> tuple[int, int]:
        counts = self.loop.library.counts()
        return counts.missing, counts.problems

    def _tell_changes(self, report: IndexReport) -> None:
        before, self._absent = self._absent, self._counted()
        missing, problems = (now - then for now, then in zip(self._absent, before, strict=True))
        counts = {
            "added": report.added,
            "updated": report.updated,
            "moved": report.moved,
            "missing": missing,
            "found again": max(0, -missing - report.moved),
        }
        parts = [f"{count:,} {name}" for name, count in counts.items() if count > 0]
        if problems > 0:
            parts.append(plural(problems, "problem"))
        if parts:
            self._say(", ".join(parts))

    # what the loop tells

    def on_change(self, change: ChangeSet) -> None:
        """Nobody looks."""

    def on_progress(self, progress: Progress) -> None:
        """Whoever asked is told by the run."""

    def on_run_finished(self, report: IndexReport) -> None:
        """Whoever asked waits for it."""

    def on_notice(self, notice: Notice) -> None:
        """A sentence on standard error, but not what the run ends with: that is said at its end."""
        run = self._run
        failed = run is not None and run.future.done() and not run.future.cancelled() and run.future.exception()
        if failed and notice.tone is Tone.ERROR:
            return
        self._say(notice.text)
