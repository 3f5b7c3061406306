"""What the engine tells people, and what a failed request comes back as."""

from dataclasses import dataclass
from enum import StrEnum

from desktop_app.domain.changes import ChangeSet


class Tone(StrEnum):
    """How a notice is shown."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the user that no request asked for. ``report``: of a fault of the program, its trace."""

    text: str
    tone: Tone = Tone.INFO
    report: str = ""
    damaged: bool = False  # the catalogue's file: a backup can be brought back
    in_log: bool = False  # and only its last changes: the rest can be kept
    stays: bool = False  # until somebody closes it, also after the next start


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a request failed. ``report`` is empty for a known error; for a bug it is the traceback to copy."""

    text: str
    report: str = ""
    damaged: bool = False  # the catalogue's file: a backup can be brought back
    in_log: bool = False  # and only its last changes: the rest can be kept
    change: ChangeSet | None = None  # what was done all the same

    @property
    def is_bug(self) -> bool:
        """Whether this is a fault of the program."""
        return bool(self.report)


@dataclass(frozen=True, slots=True)
class PreviewImage:
    """Decoded pixels: packed RGB rows, 8 bits a channel, ``width * height * 3`` bytes."""

    width: int
    height: int
    rgb: bytes
    full_width: int  # of the original, upright
    full_height: int
