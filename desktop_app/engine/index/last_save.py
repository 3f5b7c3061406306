"""What the indexes held when they were last saved: each item's payload, so that a change is found without its vector.

A vector belongs to a payload for ever. An item that has the same payload as at the last save has the same vector.
"""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from desktop_app.engine.index.files import write_durably

NAME = "last-save"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class LastSave:
    """``ids`` ascending and their ``payloads``, both int64 (n,), of the catalogue's ``sequence``.

    ``complete`` names the indexes (space and version) that held all of the catalogue's vectors; ``verified`` is when
    the long files were last read through, in seconds since the epoch.
    """

    sequence: int
    complete: frozenset[str]
    ids: NDArray[np.int64]
    payloads: NDArray[np.int64]
    verified: float = field(default_factory=time.time)

    def changed(self, ids: NDArray[np.int64], payloads: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of ``ids`` (ascending) whose payload is another now, or that were not there: ascending."""
        if not len(self.ids):
            return ids
        rows = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return ids[(self.ids[rows] != ids) | (self.payloads[rows] != payloads)]

    def write(self, folder: Path) -> None:
        """Replace the file. StorageFullError or KnownError."""
        data = np.stack([self.ids, self.payloads]).astype("<i8", copy=False).tobytes()
        head = {
            "format": FORMAT,
            "sequence": self.sequence,
            "complete": sorted(self.complete),
            "verified": self.verified,
            "items": len(self.ids),
            "checksum": blake3(data).hexdigest(),
        }

        def write(path: Path) -> None:
            with path.open("wb") as file:
                file.write(json.dumps(head).encode() + b"\n")
                file.write(data)

        write_durably(folder / NAME, write)

    @classmethod
    def read(cls, folder: Path) -> "LastSave | None":
        """None where there is none, or none that can be trusted."""
        try:
            with (folder / NAME).open("rb") as file:
                head: dict[str, Any] = json.loads(file.readline())
                data = file.read()
            if head["format"] != FORMAT or head["checksum"] != blake3(data).hexdigest():
                return None
            body = np.frombuffer(data, "<i8").reshape(2, head["items"]).astype(np.int64, copy=False)
            complete = frozenset(str(name) for name in head["complete"])
            return cls(int(head["sequence"]), complete, body[0], body[1], float(head["verified"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
