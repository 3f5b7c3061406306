"""Thumbnails for every view: decoded off the GUI thread, kept by their size in memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QSize, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader, QPixmap

MAX_PENDING = 1500  # beyond that the oldest wishes are for cells long scrolled away
SIDES = (176, 352, 512)  # px of the long side: what is decoded for small, middle and large cells


class Thumbnails(QObject):
    """Pixmaps by content hash, least recently used go first.

    ``path_of`` names a thumbnail's file without touching the disk (``EngineClient.thumbnail_path``).

    Signals: ``loaded(content_hash)`` when ``request`` would now answer; ``lost(content_hash)`` when there is no
    such file or it can't be decoded.
    """

    loaded = Signal(str)
    lost = Signal(str)
    _decoded = Signal(str, int, QImage)

    def __init__(
        self, path_of: Callable[[str], Path], *, limit_bytes: int = 256 << 20, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._path_of = path_of
        self._limit = limit_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, int], QPixmap] = OrderedDict()
        self._failed: set[str] = set()
        self._pending: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._lock = threading.Lock()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(2)
        self._running = 0
        self._decoded.connect(self._on_decoded)

    def request(self, content_hash: str, side: int = 512) -> QPixmap | None:
        """The thumbnail for a box of ``side`` device px; None or a smaller one meanwhile, then ``loaded`` follows."""
        wanted = next((each for each in SIDES if each >= side), SIDES[-1])
        key = (content_hash, wanted)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        if content_hash not in self._failed:
            self._enqueue(key)
        return next(
            (self._kept[content_hash, each] for each in reversed(SIDES) if (content_hash, each) in self._kept), None
        )

    def forget(self, content_hash: str) -> None:
        """Try the file again at the next request (it was remade)."""
        self._failed.discard(content_hash)

    @property
    def bytes_kept(self) -> int:
        """Memory of the kept pixmaps."""
        return self._bytes

    def shut_down(self) -> None:
        """Drop what is waiting and wait for what is being decoded."""
        with self._lock:
            self._pending.clear()
        self._pool.clear()
        self._pool.waitForDone()

    def _enqueue(self, key: tuple[str, int]) -> None:
        with self._lock:
            self._pending[key] = None
            self._pending.move_to_end(key)
            while len(self._pending) > MAX_PENDING:
                self._pending.popitem(last=False)
            start = self._running < self._pool.maxThreadCount()
            self._running += start
        if start:
            self._pool.start(self._decode_pending)

    def _decode_pending(self) -> None:
        """In a pool thread: the newest wish first, until none is left."""
        while True:
            with self._lock:
                if not self._pending:
                    self._running -= 1
                    return
                key, _ = self._pending.popitem()
            self._decoded.emit(*key, decode(self._path_of(key[0]), key[1]))

    def _on_decoded(self, content_hash: str, side: int, image: QImage) -> None:
        if image.isNull():
            if content_hash not in self._failed:
                self._failed.add(content_hash)
                self.lost.emit(content_hash)
            return
        key = (content_hash, side)
        pixmap = QPixmap.fromImage(image)
        previous = self._kept.pop(key, None)
        if previous is not None:
            self._bytes -= _cost(previous)
        self._kept[key] = pixmap
        self._bytes += _cost(pixmap)
        while self._bytes > self._limit and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= _cost(oldest)
        self.loaded.emit(content_hash)


def decode(path: Path, side: int) -> QImage:
    """A JPEG, WebP or PNG file with a long side of at most ``side`` px; a null image if it can't be read."""
    reader = QImageReader(str(path))
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > side:
        scale = side / max(size.width(), size.height())
        reader.setScaledSize(QSize(max(1, round(size.width() * scale)), max(1, round(size.height() * scale))))
    image = reader.read()
    return image if image.isNull() else image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def _cost(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
