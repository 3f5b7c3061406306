"""What the groups of requests ask of the client that carries them out."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from desktop_app.domain.changes import FoldersAdded
from desktop_app.domain.ids import RequestId
from desktop_app.domain.progress import Progress
from desktop_app.paths import Profile

if TYPE_CHECKING:
    from desktop_app.engine.library import Library
    from desktop_app.engine.loop import EngineLoop


class RequestPort:
    """The client's inner side: each method returns at once, the answer is emitted as the signal named.

    ``EngineClient`` carries all of them out. No ABC: its metaclass and QObject's don't go together.
    """

    def _read(
        self, signal: str, function: Callable[["Library"], Any], *, channel: str | None = None, slow: bool = False
    ) -> RequestId:
        """On the reader pool; a later request of the same channel supersedes it."""
        raise NotImplementedError

    def _read_beside(self, signal: str, function: Callable[["Library"], Any]) -> RequestId:
        """On a thread of its own: for what takes minutes."""
        raise NotImplementedError

    def _write(self, function: Callable[["Library"], object], *, signal: str = "done") -> RequestId:
        """On the engine thread, before indexing."""
        raise NotImplementedError

    def _replace(self, signal: str, function: Callable[[Profile], Any]) -> RequestId:
        """On the engine thread, while nobody has the library open; it is opened again afterwards."""
        raise NotImplementedError

    def _without_library(self, signal: str, function: Callable[[Profile], Any]) -> RequestId:
        """On a thread of its own, whether or not the library could be opened."""
        raise NotImplementedError

    def _written(self, asked: "Library", function: Callable[["Library"], Any]) -> Any:
        """Carried out on the engine thread; from another one, which waits. Raises what it raises.

        Raises LibraryClosedError where the library that was ``asked`` is no longer the one that is open.
        """
        raise NotImplementedError

    def _tell_progress(self, progress: Progress) -> None:
        """How far it is, from any thread."""
        raise NotImplementedError

    def _tell_added(self, added: FoldersAdded) -> None:
        """Which folders are watched now, from any thread."""
        raise NotImplementedError

    def _steer(self, action: Callable[["EngineLoop"], object]) -> None:
        """Tell the loop something, if the library is open."""
        raise NotImplementedError

    def _open_library(self) -> "Library | None":
        """None until it is open."""
        raise NotImplementedError
