"""How the library does, and the checks of ``akin doctor``."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from desktop_app.domain.changes import ChangeSet
from desktop_app.domain.health import HealthCheck
from desktop_app.domain.ids import RequestId
from desktop_app.domain.progress import Phase, Progress
from desktop_app.engine.requests.port import RequestPort
from desktop_app.engine.runs import RunControl

if TYPE_CHECKING:
    from desktop_app.engine.library import Library


class HealthRequests(RequestPort):
    """Checks run beside everything else; only what they mend is written on the engine thread."""

    _examining: RunControl | None = None

    def fetch_health(self) -> RequestId:
        """Library health; ``health_ready``."""
        return self._read("health_ready", lambda library: library.health(), channel="health", slow=True)

    def examine(self, *, repair: bool) -> RequestId:
        """Run the checks, and mend what can be; ``progress_changed``, at the end ``examined``."""
        control = self._examining = RunControl()

        def look(library: "Library") -> tuple[HealthCheck, ...]:
            def write(change: Callable[[], Any]) -> Any:
                return self._written(library, lambda _library: change())

            try:
                found = library.doctor(repair=repair, control=control, on_progress=self._tell_progress, write=write)
            finally:
                self._tell_progress(Progress(Phase.IDLE))
            if repair:
                everything = ChangeSet(membership=True, roots=True, playlists=True, tags=True)
                self._written(library, lambda _library: everything)
            return tuple(HealthCheck(**each) for each in found["checks"])

        return self._read_beside("examined", look)

    def stop_examining(self) -> None:
        """End after what is being looked at; ``examined`` follows with what was found so far."""
        if self._examining is not None:
            self._examining.cancel()
