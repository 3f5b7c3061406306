"""The real window over a profile, without a screen, and its event loop."""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from desktop_app.paths import Profile

if TYPE_CHECKING:
    from desktop_app.engine.api import EngineClient
    from desktop_app.ui.main_window import MainWindow

PATIENCE = 600.0


@contextmanager
def opened_window(profile: Profile) -> "Generator[tuple[EngineClient, MainWindow]]":
    """Shown, the library open, its folders looked through once, all as the program does it at its start."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from desktop_app.app import make_application
    from desktop_app.engine.api import EngineClient
    from desktop_app.gui_collector import GuiCollector
    from desktop_app.ui.main_window import MainWindow
    from desktop_app.ui.theme import theme

    application = make_application()
    theme().apply("light")
    client = EngineClient(profile)
    window = MainWindow(client, profile)
    collector = GuiCollector(application, lambda: True)  # somebody is at it
    finished: list[object] = []
    client.run_finished.connect(finished.append)
    window.resize(1400, 900)
    window.show()
    client.start()
    try:
        wait(lambda: bool(finished) and window.control.count is not None, PATIENCE)
        if not finished:
            raise RuntimeError(f"the library in {profile.directory} was not opened and looked through in {PATIENCE} s")
        wait(None, 5)
        yield client, window
    finally:
        window.close()
        client.shut_down()
        collector.close()
        window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def wait(done: Callable[[], bool] | None, seconds: float) -> None:
    """Run the event loop until something holds, at most so long."""
    loop = QEventLoop()
    ending = QTimer(singleShot=True, interval=round(seconds * 1000))
    ending.timeout.connect(loop.quit)
    ending.start()
    looking = QTimer(interval=100)
    if done is not None:
        looking.timeout.connect(lambda: loop.quit() if done() else None)
        looking.start()
    loop.exec()
    looking.stop()
    ending.stop()
