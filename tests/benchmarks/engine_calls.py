"""Requests to the engine as the window makes them, timed from the call to the signal on the event loop's thread."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from desktop_app.domain.ids import RequestId
from desktop_app.domain.notices import JobError
from desktop_app.engine.api import EngineClient
from desktop_app.paths import Profile

PATIENCE_MS = 300_000


class EngineCalls:
    """A client whose library is open."""

    def __init__(self, client: EngineClient) -> None:
        self.client = client

    def timed(self, signal: str, ask: Callable[[EngineClient], RequestId]) -> tuple[float, Any]:
        """Seconds from asking to the answer, and the answer. RuntimeError where the request fails."""
        answers: dict[int, object] = {}
        loop = QEventLoop()

        def keep(request: int, payload: object) -> None:
            answers[request] = payload
            loop.quit()

        answered, failed = getattr(self.client, signal), self.client.failed
        answered.connect(keep)
        failed.connect(keep)
        started = time.perf_counter()
        wanted = int(ask(self.client))
        while wanted not in answers:
            loop.exec()
        spent = time.perf_counter() - started
        answered.disconnect(keep)
        failed.disconnect(keep)
        if isinstance(answer := answers[wanted], JobError):
            raise RuntimeError(answer.text)
        return spent, answer


@contextmanager
def engine_calls(profile: Profile) -> Generator[EngineCalls]:
    """The library of a profile, opened by an engine thread that indexes nothing."""
    application = QCoreApplication.instance() or QCoreApplication([])
    client = EngineClient(profile, background=False)
    loop = QEventLoop()
    client.opened.connect(loop.quit)
    client.open_failed.connect(lambda _error: loop.exit(1))
    QTimer.singleShot(PATIENCE_MS, lambda: loop.exit(1))
    client.start()
    if loop.exec():
        raise RuntimeError(f"the library in {profile.directory} can't be opened")
    try:
        yield EngineCalls(client)
    finally:
        client.shut_down()
        application.processEvents()
