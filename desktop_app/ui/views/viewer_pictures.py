"""Pictures for the viewer: asked of the engine, made off the GUI thread, the neighbours ahead of time."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from desktop_app.domain.ids import ItemId
from desktop_app.domain.notices import JobError, PreviewImage
from desktop_app.engine.api import EngineClient
from desktop_app.ui.pixels import ImageMaker

_LIMIT_BYTES = 400 << 20


@dataclass(frozen=True, slots=True)
class Picture:
    """Decoded pixels and the original's size."""

    image: QImage
    full_width: int
    full_height: int


class ViewerPictures(QObject):
    """Keeps the last pictures within a limit of memory.

    Signals: ``ready(int)`` the item has better pixels now; ``failed(int, str)`` it can't be read, and why.
    """

    ready = Signal(int)
    failed = Signal(int, str)

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._maker = ImageMaker(self)
        self._kept: OrderedDict[ItemId, Picture] = OrderedDict()
        self._wanted: dict[ItemId, int] = {}  # the long side asked for, while it is under way
        self._requests: dict[int, ItemId] = {}
        client.preview_ready.connect(self._on_preview)
        client.failed.connect(self._on_failed)
        self._maker.made.connect(self._on_made)

    def get(self, item: ItemId) -> Picture | None:
        """What is there now."""
        return self._kept.get(item)

    def want(self, item: ItemId, long_side: int) -> None:
        """Ask for pixels of that long side, unless they are there or on their way."""
        kept = self._kept.get(item)
        if kept is not None:
            have = max(kept.image.width(), kept.image.height())
            if have >= min(long_side, max(kept.full_width, kept.full_height)) * 0.98:
                self._kept.move_to_end(item)
                return
        if self._wanted.get(item, 0) >= long_side:
            return
        self._wanted[item] = long_side
        self._requests[self._client.fetch_preview(item, long_side)] = item

    def drop_all_but(self, items: Sequence[ItemId]) -> None:
        """Forget what is far away: memory first, then requests."""
        for item in [each for each in self._kept if each not in items]:
            if self._bytes() > _LIMIT_BYTES // 2:
                del self._kept[item]
        self._requests = {request: item for request, item in self._requests.items() if item in items}
        self._wanted = {item: side for item, side in self._wanted.items() if item in items}

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._requests.clear()
        self._wanted.clear()

    def shut_down(self) -> None:
        """Wait for what is being made."""
        self.clear()
        self._maker.shut_down()

    def _on_preview(self, request: int, preview: PreviewImage) -> None:
        item = self._requests.pop(request, None)
        if item is not None:
            self._maker.make((item, preview.full_width, preview.full_height), preview)

    def _on_made(self, token: tuple[ItemId, int, int], image: QImage) -> None:
        item, full_width, full_height = token
        if item not in self._wanted:
            return
        kept = self._kept.get(item)
        if kept is None or kept.image.width() < image.width():
            self._kept[item] = Picture(image, full_width, full_height)
            self._kept.move_to_end(item)
        if not any(each == item for each in self._requests.values()):
            del self._wanted[item]
        while self._bytes() > _LIMIT_BYTES and len(self._kept) > 1:
            self._kept.popitem(last=False)
        self.ready.emit(int(item))

    def _on_failed(self, request: int, error: JobError) -> None:
        item = self._requests.pop(request, None)
        if item is not None:
            self._wanted.pop(item, None)
            self.failed.emit(int(item), error.text)

    def _bytes(self) -> int:
        return sum(picture.image.sizeInBytes() for picture in self._kept.values())
