"""Whether the computer runs on its battery, for work that can wait."""

import time
from collections.abc import Callable
from typing import Protocol

LOOK_SECONDS = 10.0
"""So often the system is asked at most."""


class Battery(Protocol):
    """What indexing asks before it takes on more work."""

    def discharging(self) -> bool:
        """Whether the computer runs on a battery now; False where there is none, or where nothing tells."""
        ...


class SystemBattery:
    """As the system tells, through psutil; the answer is kept for some seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked: float | None = None
        self._discharging = False

    def discharging(self) -> bool:
        now = self._clock()
        if self._asked is None or now - self._asked >= LOOK_SECONDS:
            self._asked, self._discharging = now, _asked_of_system()
        return self._discharging


def _asked_of_system() -> bool:
    import psutil

    sensors: Callable[[], object] | None = getattr(psutil, "sensors_battery", None)  # not on every system
    if sensors is None:
        return False
    try:
        state = sensors()
    except (OSError, RuntimeError, ValueError, psutil.Error):  # drivers leave out or garble what psutil looks for
        return False
    return state is not None and getattr(state, "power_plugged", None) is False
