"""A trace of a crash in native code: the interpreter writes it as it ends, the next start finds it."""

import faulthandler
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from desktop_app.paths import PRIVATE_FOLDER

NAME = "crash.log"
LAST = "crash-last.log"


class CrashTrace:
    """Open from the start to a clean end. ``previous``: what the time before left behind, "" after a clean end.

    ``kept`` is the file that then holds it.
    """

    def __init__(self, folder: Path) -> None:
        self.previous = ""
        self.kept = folder / LAST
        self._path = folder / NAME
        self._file: IO[str] | None = None
        with suppress(OSError):  # without a trace the program runs just as well
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            if self._path.is_file() and self._path.stat().st_size:
                self._path.replace(self.kept)
                ended = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.kept.stat().st_mtime))
                self.previous = f"Ended at {ended}\n\n{self.kept.read_text('utf-8', 'replace')}"
            self._file = self._path.open("w", encoding="utf-8")
            faulthandler.enable(self._file)

    def close(self) -> None:
        """A clean end leaves nothing behind: some systems note faults there that were dealt with."""
        if self._file is None:
            return
        faulthandler.disable()
        with suppress(OSError):
            self._file.close()
            self._path.unlink()
        self._file = None
