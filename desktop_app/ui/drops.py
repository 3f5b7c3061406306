"""What is dragged or pasted into the window: the overlay, and telling folders from files off the GUI thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QRunnable, Qt, QThreadPool, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop_app.domain.browsing import PlaylistInfo
from desktop_app.ui.icons import paint_icon
from desktop_app.ui.item_mime import IDS, files_in
from desktop_app.ui.theme import FontRole, font, tokens

MOST = 100  # files of one query


@dataclass(frozen=True, slots=True)
class Dropped:
    """What came in, told apart."""

    folders: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    absent: tuple[Path, ...] = ()
    promised: bool = False  # it was said while they were dragged that the folders are added


def told_apart(paths: Sequence[Path]) -> Dropped:
    """Folders, files and what is not there; touches the disk, so not for the GUI thread."""
    folders: list[Path] = []
    files: list[Path] = []
    absent: list[Path] = []
    for path in paths[:MOST]:
        try:
            (folders if path.is_dir() else files if path.exists() else absent).append(path)
        except OSError:
            files.append(path)  # no permission to look: the reader says so in its sentence
    return Dropped(tuple(folders), tuple(files), tuple(absent))


class _Sorting(QRunnable):
    def __init__(self, sorter: "PathSorter", number: int, paths: Sequence[Path]) -> None:
        super().__init__()
        self._sorter, self._number, self._paths = sorter, number, paths

    def run(self) -> None:
        self._sorter.told.emit(self._number, told_apart(self._paths))


class PathSorter(QObject):
    """Signals: ``told(number, Dropped)`` for each ``tell``, on the GUI thread."""

    told = Signal(int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def tell(self, paths: Sequence[Path]) -> int:
        """Begin to tell the paths apart; returns the number that ``told`` will carry."""
        self._number += 1
        self._pool.start(_Sorting(self, self._number, tuple(paths)))
        return self._number

    def shut_down(self) -> None:
        """Wait for what is being looked at."""
        self._pool.clear()
        self._pool.waitForDone()


class DropOverlay(QWidget):
    """Covers the window while files are dragged over it and says what dropping them does."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dropOverlay")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._icon, self.title, self.hint = "similar", "", ""
        self.hide()

    def show_files(self, count: int) -> None:
        """For files (or what is not known yet)."""
        self._icon = "similar"
        self.title = "Drop to find similar photos and tracks"
        self.hint = "Several files make one combined search" if count > 1 else "The file itself stays where it is"
        self.hint += " · onto a playlist on the left: adds the tracks to it"
        self._appear()

    def show_folders(self, count: int) -> None:
        """For folders."""
        self._icon = "folder-add"
        self.title = f"Add {'these folders' if count > 1 else 'this folder'} to the library"
        self.hint = "Its photos and music stay where they are"
        self._appear()

    def _appear(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.setAccessibleName(self.title)
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), colours.colour("scrim"))
        frame = QRectF(self.rect()).adjusted(20, 20, -20, -20)
        pen = QPen(colours.colour("accent"), 2, Qt.PenStyle.DashLine)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame, 14, 14)
        middle = frame.center()
        paint_icon(painter, self._icon, QRectF(middle.x() - 32, middle.y() - 84, 64, 64), colours.accent)
        painter.setPen(colours.colour("text"))
        painter.setFont(font(FontRole.TITLE))
        line = QRectF(frame.left() + 20, middle.y() - 8, frame.width() - 40, 40)
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, self.title)
        painter.setPen(colours.colour("muted"))
        painter.setFont(font())
        line.translate(0, 36)
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, self.hint)


class DropTarget(QObject):
    """Makes a window take files and folders.

    ``aim`` says which playlist's line lies under a point in global coordinates, and marks it; None marks nothing.

    Signals: ``dropped(Dropped)`` after a drop, once the paths are told apart; ``dropped_on_playlist(PlaylistInfo,
    paths)``.
    """

    dropped = Signal(object)
    dropped_on_playlist = Signal(object, object)
    saved = Signal(object)  # paths that another thread has just written, to be taken

    def __init__(
        self, window: QWidget, overlay: DropOverlay, aim: Callable[[QPoint | None], PlaylistInfo | None]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._aim = aim
        self._carries = False
        self._overlay = overlay
        self._sorter = PathSorter(self)
        self._sorter.told.connect(self._on_told)
        self.saved.connect(self.take)
        self._over = 0
        self._waiting: dict[int, bool] = {}  # with whether folders were promised to be added
        self._promised = False
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def take(self, paths: Sequence[Path]) -> None:
        """As if these had been dropped: paste, "Open…", arguments of the program."""
        self._take(paths, promised=False)

    def _take(self, paths: Sequence[Path], *, promised: bool) -> None:
        if paths:
            self._waiting[self._sorter.tell(paths)] = promised

    def shut_down(self) -> None:
        """Leave no thread behind."""
        self._sorter.shut_down()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDragEnterEvent):
            paths = () if event.mimeData().hasFormat(IDS) else files_in(event.mimeData())
            if paths:
                self._over = self._sorter.tell(paths)
                self._carries, self._promised = True, False
                self._overlay.show_files(len(paths))
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
            return bool(paths)
        if isinstance(event, QDragMoveEvent) and self._carries:
            over_playlist = self._aim(self._window.mapToGlobal(event.position().toPoint())) is not None
            self._overlay.setVisible(not over_playlist)
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            return True
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            playlist = self._aim(self._window.mapToGlobal(event.position().toPoint())) if self._carries else None
            self._leave()
            paths = () if event.mimeData().hasFormat(IDS) else files_in(event.mimeData())
            if paths:
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
                if playlist is None:
                    self._take(paths, promised=self._promised)
                else:
                    self.dropped_on_playlist.emit(playlist, paths)
            return bool(paths)
        if isinstance(event, QDragLeaveEvent):
            self._leave()
        return super().eventFilter(watched, event)

    def _leave(self) -> None:
        self._carries = False
        self._aim(None)
        self._overlay.hide()

    @Slot(int, object)
    def _on_told(self, number: int, found: Dropped) -> None:
        if number in self._waiting:
            self.dropped.emit(replace(found, promised=self._waiting.pop(number)))
        elif number == self._over and self._overlay.isVisible() and found.folders and not found.files:
            self._promised = True
            self._overlay.show_folders(len(found.folders))
