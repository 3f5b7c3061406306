"""Waveforms and loudness of whole tracks, by payload."""

from typing import Final

from desktop_app.domain.ids import ItemId
from desktop_app.domain.metadata import Waveform
from desktop_app.engine.catalog.connection import Database
from desktop_app.engine.catalog.payloads import payload_ids


def put_waveform(database: Database, payload_hash: str, waveform: Waveform | None) -> None:
    """Keep a track's waveform; None: it was tried and can't be made."""
    peaks, rms, loudness = (waveform.peaks, waveform.rms, waveform.loudness) if waveform else (b"", b"", None)
    with database.writing():
        number = payload_ids(database, [payload_hash])[0].as_py()
        database.run("DELETE FROM waveform WHERE payload_id = ?", [number])
        database.run("INSERT INTO waveform VALUES (?, ?, ?, ?)", [number, peaks, rms, loudness])


def read_waveform(database: Database, payload_hash: str) -> Waveform | None:
    """The waveform of a payload, None where there is none (yet)."""
    found = database.row(
        "SELECT w.peaks, w.rms, w.loudness FROM payload p JOIN waveform w ON w.payload_id = p.id "
        "WHERE p.hash = ? AND octet_length(w.peaks) > 0",
        [payload_hash],
    )
    return None if found is None else Waveform(*found)


_LACKING: Final = (
    "FROM item i ANTI JOIN waveform w USING (payload_id) "
    "WHERE i.kind = 'track' AND i.state = 'present' AND i.payload_id IS NOT NULL "
)


def count_without_waveform(database: Database) -> int:
    """Payloads of present tracks whose waveform was not tried yet."""
    return int(database.value(f"SELECT count(DISTINCT i.payload_hash) {_LACKING}"))


def items_without_waveform(database: Database, limit: int, after: int = 0) -> list[tuple[ItemId, str]]:
    """Present tracks whose waveform was not tried yet, one per payload: (id, payload hash); ids above ``after``."""
    found = database.rows(
        f"SELECT min(i.id), i.payload_hash {_LACKING}GROUP BY i.payload_hash HAVING min(i.id) > ? ORDER BY 1 LIMIT ?",
        [after, limit],
    )
    return [(ItemId(number), text) for number, text in found]
