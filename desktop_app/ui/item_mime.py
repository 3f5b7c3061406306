"""Items as mime data: ids for our own views, file URLs for other programs."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QUrl

from desktop_app.domain.ids import ItemId

IDS = "application/x-akin-items"  # int64, little endian


def mime_of(ids: Sequence[int], paths: Iterable[Path]) -> QMimeData:
    """What is dragged out or copied."""
    made = QMimeData()
    made.setData(IDS, np.asarray(ids, dtype="<i8").tobytes())
    made.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return made


def ids_in(data: QMimeData) -> tuple[ItemId, ...]:
    """The items that one of our own views gave; empty for what comes from elsewhere."""
    if not data.hasFormat(IDS):
        return ()
    raw = bytes(data.data(IDS).data())
    return tuple(ItemId(value) for value in np.frombuffer(raw[: len(raw) // 8 * 8], dtype="<i8").tolist())


def files_in(data: QMimeData) -> tuple[Path, ...]:
    """The local files and folders, each once, in order."""
    found = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()] if data.hasUrls() else []
    return tuple(dict.fromkeys(found))
