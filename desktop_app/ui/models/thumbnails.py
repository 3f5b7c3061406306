"""Thumbnails for every view: decoded and scaled off the GUI thread, kept by their size in memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSize, QThread, QThreadPool, QTimer, Signal
from PySide6.QtGui import QImage, QImageReader, QPixmap

from desktop_app.thread_priority import give_way

MAX_PENDING = 1500  # beyond that the oldest wishes are for cells long scrolled away
MAX_THREADS = 4
SIDES = (176, 352, 512)  # px of the long side, for those who scale what they draw
LIMIT_BYTES = 192 << 20
GATHER_MS = 12  # pictures that come within this time make one frame

Key = tuple[str, int, int]  # content hash, and the box in device px; negative: as it is if it is smaller


class Thumbnails(QObject):
    """Pixmaps by content hash and size, least recently used go first.

    ``path_of`` names a thumbnail's file without touching the disk (``EngineClient.thumbnail_path``).

    Signals: ``loaded(content_hashes)``, a frozenset, when asking again would now answer better; ``lost(content_hash)``
    when there is no such file or it can't be decoded.
    """

    loaded = Signal(object)
    lost = Signal(str)
    _came = Signal()

    def __init__(
        self, path_of: Callable[[str], Path], *, limit_bytes: int = LIMIT_BYTES, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._path_of = path_of
        self._limit = limit_bytes
        self._bytes = 0
        self._kept: OrderedDict[Key, QPixmap] = OrderedDict()
        self._sizes: dict[str, list[Key]] = {}  # what is kept of each picture
        self._failed: set[str] = set()
        self._pending: OrderedDict[Key, None] = OrderedDict()
        self._decoding: set[Key] = set()
        self._decoded: list[tuple[Key, QImage]] = []
        self._lock = threading.Lock()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(max(2, min(MAX_THREADS, QThread.idealThreadCount() // 2)))
        self._running = 0
        self._gathering = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._gathering.timeout.connect(self._deliver)
        self._came.connect(self._on_came)

    def request(self, content_hash: str, side: int = 512) -> QPixmap | None:
        """The thumbnail for a box of ``side`` device px, at a size somewhat above or its own; None or another size
        meanwhile, then ``loaded`` follows."""
        wanted = next((each for each in SIDES if each >= side), SIDES[-1])
        return self._get((content_hash, -wanted, -wanted))[0]

    def fitted(self, content_hash: str, width: int, height: int, *, decode: bool = True) -> tuple[QPixmap | None, bool]:
        """The thumbnail at the very size that fits a box of device px, to be drawn pixel by pixel, and True; or
        another size or None, and False. Then ``loaded`` follows, unless ``decode`` is False and there is another."""
        return self._get((content_hash, width, height), decode=decode)

    def forget(self, content_hash: str) -> None:
        """Try the file again at the next request (it was remade)."""
        self._failed.discard(content_hash)

    @property
    def is_busy(self) -> bool:
        """Whether pictures are being made that ``loaded`` will tell of."""
        with self._lock:
            return bool(self._pending or self._decoding)

    def shut_down(self) -> None:
        """Drop what is waiting and wait for what is being decoded."""
        with self._lock:
            self._pending.clear()
        self._pool.clear()
        self._pool.waitForDone()
        self._gathering.stop()

    def _get(self, key: Key, *, decode: bool = True) -> tuple[QPixmap | None, bool]:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found, True
        others = self._sizes.get(key[0])
        if (decode or not others) and key[0] not in self._failed:
            self._enqueue(key)
        return (self._kept[largest(others)], False) if others else (None, False)

    def _enqueue(self, key: Key) -> None:
        with self._lock:
            if key in self._decoding:
                return
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
        give_way()
        while True:
            with self._lock:
                if not self._pending:
                    self._running -= 1
                    return
                key, _ = self._pending.popitem()
                self._decoding.add(key)
            image = decoded(self._path_of(key[0]), key[1], key[2])
            with self._lock:
                self._decoded.append((key, image))
                first = len(self._decoded) == 1  # else the GUI thread knows already
            if first:
                self._came.emit()

    def _on_came(self) -> None:
        if not self._gathering.isActive():
            self._gathering.start()

    def _deliver(self) -> None:
        """On the GUI thread: keep what was decoded and say so once."""
        came: set[str] = set()
        with self._lock:
            pictures, self._decoded = self._decoded, []
            self._decoding -= {key for key, _ in pictures}
        for key, image in pictures:
            if not image.isNull():
                self._keep(key, QPixmap.fromImage(image))
                came.add(key[0])
            elif key[0] not in self._failed:
                self._failed.add(key[0])
                self.lost.emit(key[0])
        if came:
            self.loaded.emit(frozenset(came))

    def _keep(self, key: Key, pixmap: QPixmap) -> None:
        if key in self._kept:
            self._drop(key)
        self._kept[key] = pixmap
        self._sizes.setdefault(key[0], []).append(key)
        self._bytes += _cost(pixmap)
        while self._bytes > self._limit and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        self._bytes -= _cost(self._kept.pop(key))
        sizes = self._sizes[key[0]]
        sizes.remove(key)
        if not sizes:
            del self._sizes[key[0]]


def largest(keys: Sequence[Key]) -> Key:
    """The one with the most to show."""
    return max(keys, key=lambda key: abs(key[1] * key[2]))


def decoded(path: Path, width: int, height: int) -> QImage:
    """A JPEG, WebP or PNG file at the size that fits a box of px; a null image if it can't be read.

    Of a negative box it fills no more than it has pixels for. Opaque pictures are RGB32: nothing is blended.
    """
    reader = QImageReader(str(path))
    size = reader.size()
    if size.isValid():
        scale = min(abs(width) / size.width(), abs(height) / size.height())
        if width > 0 or scale < 1:
            reader.setScaledSize(QSize(max(1, round(size.width() * scale)), max(1, round(size.height() * scale))))
    image = reader.read()
    if image.isNull():
        return image
    alpha = image.hasAlphaChannel()
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied if alpha else QImage.Format.Format_RGB32)


def _cost(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
