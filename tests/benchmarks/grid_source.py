"""A stand-in for the engine's client under a grid: rows by arithmetic, thumbnails from a few hundred real files."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from desktop_app.domain.browsing import Section
from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import Kind, State

PICTURES = 400  # different thumbnails; any view holds fewer
SHAPES = ((512, 341), (341, 512), (512, 384), (512, 288))  # px


class GridSource(QObject):
    """Rows of any id at the next turn of the event loop, as the engine's answers come."""

    rows_ready = Signal(int, object)
    failed = Signal(int, object)
    items_changed = Signal(object)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._requests = 0
        folder.mkdir(parents=True, exist_ok=True)
        if not self.thumbnail_path(_name(PICTURES - 1)).is_file():
            for number in range(PICTURES):
                _write_picture(self.thumbnail_path(_name(number)), number)

    def fetch_rows(self, ids: Sequence[int]) -> int:
        """``rows_ready`` follows."""
        self._requests += 1
        request, rows = self._requests, [self.row(item) for item in ids]
        QTimer.singleShot(0, self, lambda: self.rows_ready.emit(request, rows))
        return request

    def row(self, item: int) -> ItemRow:
        """The photo of an id."""
        width, height = SHAPES[item % PICTURES % len(SHAPES)]
        name = f"IMG_{item:07}.jpg"
        return ItemRow(
            id=ItemId(item), kind=Kind.PHOTO, state=State.PRESENT, path=self._folder / name, title=name,
            content_hash=_name(item % PICTURES), rating=item % 6, has_thumbnail=True, width=width * 10,
            height=height * 10, taken="2024-06-12T18:41:05",
        )  # fmt: skip

    def thumbnail_path(self, content_hash: str) -> Path:
        """Where the file lies."""
        return self._folder / f"{content_hash}.jpg"


def months(items: int) -> tuple[Section, ...]:
    """Sections as a library of twenty years has them."""
    starts = np.linspace(0, items, 241).astype(int).tolist()
    return tuple(
        Section(date(2005 + place // 12, place % 12 + 1, 1).strftime("%B %Y"), start, end - start)
        for place, (start, end) in enumerate(pairwise(starts))
        if end > start
    )


def _name(number: int) -> str:
    return f"{number:064x}"


def _write_picture(path: Path, number: int) -> None:
    """Blobs and a little noise, as large as a thumbnail of a photo."""
    made = np.random.default_rng(number)
    width, height = SHAPES[number % len(SHAPES)]
    coarse = made.integers(20, 236, (6, 8, 3), np.uint8)
    pixels = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    pixels += made.normal(0, 9, pixels.shape)
    path.write_bytes(cv2.imencode(".jpg", pixels.clip(0, 255).astype(np.uint8))[1].tobytes())
