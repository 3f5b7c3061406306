"""Writes that the window asked for: what to do when they are carried out, what to say when they fail."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.notices import JobError
from desktop_app.engine.api import EngineClient

_Then = Callable[[ChangeSet], object]
_Otherwise = Callable[[JobError], object]


class Requests(QObject):
    """Signals: ``refused(JobError)`` one of these failed for a reason that people can mend; ``broken(JobError)`` a
    fault of the program, whoever asked."""

    refused = Signal(object)
    broken = Signal(object)

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open: dict[int, tuple[_Then | None, _Otherwise | None]] = {}
        client.done.connect(self._on_done)
        client.failed.connect(self._on_failed)

    def expect(self, request: int, then: _Then | None = None, otherwise: _Otherwise | None = None) -> None:
        """Follow a write up; ``then`` gets its effect, ``otherwise`` why people refused it, in place of ``refused``."""
        self._open[request] = then, otherwise

    def _on_done(self, request: int, changes: ChangeSet) -> None:
        then, _otherwise = self._open.pop(request, (None, None))
        if then is not None:
            then(changes)

    def _on_failed(self, request: int, error: JobError) -> None:
        ours = request in self._open
        _then, otherwise = self._open.pop(request, (None, None))
        if error.is_bug:
            self.broken.emit(error)
        elif otherwise is not None:
            otherwise(error)
        elif ours:
            self.refused.emit(error)
