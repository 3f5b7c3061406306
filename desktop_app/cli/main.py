"""``akin``: finds out what is asked, and by whom it is answered. Works without a display and without Qt."""

import contextlib
import logging
import os
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.cli.output import ProgressLine
from desktop_app.cli.parser import COMMANDS, build_parser, first_word, parse, unknown_command, window_parser
from desktop_app.errors import KnownError, LibraryDamagedError, LibraryLockedError, UsageError, refused_by_system
from desktop_app.logs import log_nowhere, log_to, stop_logging
from desktop_app.one_window import WindowLock, handed_over
from desktop_app.paths import Profile

if TYPE_CHECKING:
    from desktop_app.engine.library import Library
    from desktop_app.engine.request_server import CommandReply

log = logging.getLogger(__name__)

INTERRUPTED = 130
STOPPED = "Stopped; what was done so far is kept."
LOCK_SECONDS = 5.0
"""How long to wait for another command that holds the library for a moment."""


def main(argv: Sequence[str]) -> int:
    """Carry out the command line; returns the exit code. Every code but 0 comes with one sentence on standard error."""
    _stand_in_for_closed()
    _accept_any_name()
    log_nowhere()
    try:
        code = _run(list(argv))
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
        return 0
    except KeyboardInterrupt:
        return _ended(STOPPED, INTERRUPTED)
    except KnownError as error:
        return _ended(error.user_text, error.exit_code)
    except SystemExit as end:  # --help and --version
        return end.code if isinstance(end.code, int) else 0
    except Exception as error:
        if str(error) == "Query interrupted":  # what DuckDB makes of an interrupt in the middle of its work
            return _ended(STOPPED, INTERRUPTED)
        log.critical("unexpected fault", exc_info=True)
        if (refused := refused_by_system(error)) is not None:
            return _ended(refused.user_text, refused.exit_code)
        return _ended(f"Something unexpected happened ({type(error).__name__}); {_where_logged()}", 1)
    finally:
        stop_logging()
    return code


def _stand_in_for_closed() -> None:
    """Who closes an output (``>&-``) wants nothing on it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 (to the end)


def _run(argv: list[str]) -> int:
    word = first_word(argv)
    if word == "help" and not Path(word).exists():
        rest = [argument for argument in argv if argument != "help"]
        build_parser().parse_args([*rest, "--help"])
    if word is None and any(argument in ("-h", "--help", "--version") for argument in argv):
        build_parser().parse_args(argv)
    if word is None or word not in COMMANDS:
        return _window(argv)
    options = parse(argv)
    profile = _profile(options)
    _start_logging(profile, options)
    progress = ProgressLine(sys.stderr, quiet=getattr(options, "quiet", False))
    try:
        reply = _answered(options, argv, profile, progress)
    finally:
        progress.end()
    sys.stdout.write(reply.output)
    sys.stdout.flush()
    sys.stderr.write(reply.error)
    return reply.code


def _answered(options: Namespace, argv: list[str], profile: Profile, progress: ProgressLine) -> "CommandReply":
    """By the process that holds the library, else by this one."""
    try:
        return _asked(options, argv, profile, progress)
    except LibraryDamagedError as error:
        from desktop_app.cli.backups import with_offer

        raise with_offer(error, profile) from error


def _asked(options: Namespace, argv: list[str], profile: Profile, progress: ProgressLine) -> "CommandReply":
    from desktop_app.engine.request_server import ask

    end = time.monotonic() + LOCK_SECONDS
    while True:
        reply = ask(profile.address, argv, Path.cwd(), progress.show)
        if reply is not None:
            return reply
        try:
            if options.command == "restore":
                return _restored(options, profile, progress)
            library = _open(options, profile)
        except LibraryLockedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
            continue
        with library:
            if not getattr(options, "quiet", False):
                _tell(library)
            return _carry_out(options, library, profile, progress)


def _tell(library: "Library") -> None:
    """What opening found, but for what waits until somebody has closed it in the window."""
    for notice in library.notices:
        if not notice.stays:
            print(notice.text, file=sys.stderr)


def _restored(options: Namespace, profile: Profile, progress: ProgressLine) -> "CommandReply":
    """Without opening the library, which may be damaged."""
    from desktop_app.cli.backups import restore
    from desktop_app.cli.session import as_reply

    return as_reply(options, restore(options, Path.cwd(), profile, progress.show))


def _open(options: Namespace, profile: Profile) -> "Library":
    files = None
    if options.command in ("similar", "playlist") and not getattr(options, "vector", None):
        # A worker needs as long to start as this process needs for its imports: begin with it.
        from desktop_app.engine.file_reading import FileReader

        files = FileReader(None, urgent=True)
        files.pool.warm()
    from desktop_app.engine.library import Library

    return Library.open(profile, jobs=getattr(options, "jobs", None), files=files)


def _carry_out(options: Namespace, library: "Library", profile: Profile, progress: ProgressLine) -> "CommandReply":
    from desktop_app.cli.session import DirectAccess, Holder, carry_out

    if options.command != "index":
        return carry_out(options, Path.cwd(), DirectAccess(library), progress.show)
    with Holder(library, profile, lambda text: print(text, file=sys.stderr)) as holder, _stopping(holder.stop):
        if options.watch:
            holder.loop.start_watching().join()
        reply = carry_out(options, Path.cwd(), DirectAccess(library, holder), progress.show)
        if options.watch:
            progress.end()
            sys.stdout.write(reply.output)
            sys.stdout.flush()
            sys.stderr.write(reply.error)
            sys.stderr.flush()
            holder.watch(quiet=getattr(options, "quiet", False))
            return type(reply)(0, "", "")
    return reply


@contextmanager
def _stopping(stop: Callable[[], None]) -> Generator[None, None, None]:
    """While inside, the first interrupt asks for a clean end; a second one ends at once."""

    def handle(number: int, _frame: object) -> None:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        stop()

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _window(argv: list[str]) -> int:
    """``akin`` and ``akin FILE…``: bring the open window forward, or open one."""
    options = window_parser().parse_args(argv)
    if getattr(options, "json", False):
        raise UsageError("--json needs a command: the window answers on the screen. See “akin --help”.")
    files = [Path(os.path.abspath(path)) for path in options.files]  # noqa: PTH100 - links are kept
    for given, path in zip(options.files, files, strict=True):
        if not path.exists():
            if len(given.parts) == 1 and not given.suffix:
                raise unknown_command(str(given))
            raise KnownError(f"There is no file {path}.")
    profile = _profile(options)
    _start_logging(profile, options)
    lock = WindowLock(profile)
    if handed_over(profile, files, lock):
        return 0
    try:
        _check_display()
        from desktop_app.app import run

        return run(files, profile)
    finally:
        lock.release()


def _check_display() -> None:
    """Qt ends the program where it finds no display. Raises KnownError on systems where there may be none."""
    wanted = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform not in ("win32", "darwin") and not any(os.environ.get(name) for name in wanted):
        raise KnownError("There is no display for the window here. The commands work without one: see “akin --help”.")


def _profile(options: Namespace) -> Profile:
    chosen = getattr(options, "profile", None)
    return Profile.at(None if chosen is None else Path(chosen))


def _accept_any_name() -> None:
    """Print file names that are no text as the bytes they are."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            errors = "surrogateescape" if (stream.encoding or "").lower().replace("-", "") == "utf8" else "replace"
            reconfigure(errors=errors)


_log_file: Path | None = None


def _start_logging(profile: Profile, options: Namespace) -> None:
    """Warnings and faults go to the profile's log, which is made with the first of them."""
    global _log_file  # noqa: PLW0603 - one log per process
    _log_file = log_to(profile.log_dir, getattr(logging, getattr(options, "log_level", "info").upper()))


def _where_logged() -> str:
    return f"see {_log_file}." if _log_file is not None else "there is no log yet."


def _forget_stdout() -> None:
    """Whoever read our output has gone: keep the interpreter from complaining at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _ended(sentence: str, code: int) -> int:
    with contextlib.suppress(OSError):
        print(" ".join(sentence.split("\n")), file=sys.stderr)
    return code
