"""All indexes of a library, one folder each."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.spaces import SpaceSpec
from desktop_app.engine.index.background import BackgroundTidying
from desktop_app.engine.index.read_ahead import ReadAhead
from desktop_app.engine.spaces import SpaceRegistry

if TYPE_CHECKING:
    from desktop_app.engine.index.space_index import SpaceIndex

Projection = Callable[[str, NDArray[np.float32]], NDArray[np.float32]]


def _project(space: str, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    from desktop_app.engine.descriptors.spaces import project

    return project(space, vectors)


class IndexStore:
    """Opens each space's index once and hands it to whoever asks, from any thread. ``spaces``: which there are."""

    def __init__(
        self, directory: Path, project: Projection = _project, tidying: BackgroundTidying | None = None
    ) -> None:
        self.directory = directory
        self.spaces = SpaceRegistry()
        self._project = project
        self._opened: dict[tuple[str, int], SpaceIndex] = {}
        self._opening = threading.Lock()
        self._tidying = tidying or BackgroundTidying()
        self._reading = ReadAhead()

    def open_space(self, spec: SpaceSpec) -> "SpaceIndex":
        """The space's index, opened from its files on the first call; empty where none can be used.

        ValueError for a space that is not searched (metric NONE).
        """
        from desktop_app.engine.index.space_index import SpaceIndex  # loads FAISS

        key = (spec.name, spec.version)
        with self._opening:
            if key not in self._opened:
                index = SpaceIndex(spec, self.folder_of(spec), self._project, self._tidying.wake, self._reading)
                self._opened[key] = index
                if index.count:
                    self._tidying.wake(index)  # reads its files ahead
            return self._opened[key]

    def folder_of(self, spec: SpaceSpec) -> Path:
        """Where the files of a space are."""
        return self.directory / f"{spec.name}-{spec.version}"

    def opened(self) -> list["SpaceIndex"]:
        """All that are open."""
        with self._opening:
            return list(self._opened.values())

    def drop_older_versions(self, spec: SpaceSpec) -> None:
        """Remove the files of this space's versions below the present one; those of a newer program stay."""
        with self._opening:
            for key in [key for key in self._opened if key[0] == spec.name and key[1] < spec.version]:
                self._opened.pop(key).close()
        if self.directory.is_dir():
            for folder in self.directory.glob(f"{spec.name}-*"):
                version = folder.name[len(spec.name) + 1 :]
                if version.isdecimal() and int(version) < spec.version:
                    shutil.rmtree(folder, ignore_errors=True)  # what is mapped on Windows goes another time

    def drop(self, spec: SpaceSpec) -> None:
        """Remove the files of this very space."""
        with self._opening:
            index = self._opened.pop((spec.name, spec.version), None)
            if index is not None:
                index.close()
        shutil.rmtree(self.folder_of(spec), ignore_errors=True)

    def close(self) -> None:
        """Let go of all files, giving up what is built in the background. Save before."""
        self._tidying.close()
        with self._opening:
            for index in self._opened.values():
                index.close()
            self._opened.clear()
