"""The public models of one library: where their files lie, fetching them, and what was fetched the first time."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from desktop_app.domain.models import DownloadProgress, ModelEntry, ModelState
from desktop_app.engine.models import download, registry
from desktop_app.engine.models.checking import ModelRefusedError, ModelSource, check_model
from desktop_app.engine.models.download import Pins
from desktop_app.engine.models.sealing import sealed
from desktop_app.engine.models.shelf import Shelf
from desktop_app.errors import KnownError


class Offers:
    """Safe from any thread. ``download`` blocks until it is done."""

    def __init__(self, folder: Path, shelf: Shelf, hub: str) -> None:
        self._folder, self._shelf, self._hub = folder, shelf, hub
        self._downloads: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Stop what is being fetched."""
        with self._lock:
            events = list(self._downloads.values())
        for event in events:
            event.set()

    def folder(self, entry: ModelEntry) -> Path | None:
        """Its files', if there are any."""
        folder = self._folder / entry.name
        return folder if folder.is_dir() else None

    def state(self, entry: ModelEntry) -> ModelState:
        """Of its files alone."""
        if entry.name in self._downloads:
            return ModelState.DOWNLOADING
        if download.is_complete(self._folder / entry.name):
            return ModelState.READY
        return ModelState.PARTIAL if self.folder(entry) is not None else ModelState.OFFERED

    def source(self, entry: ModelEntry) -> ModelSource:
        """As it was fetched, with the checksums that its files have to have. Raises KnownError."""
        folder = self._folder / entry.name
        if not download.is_complete(folder):
            raise KnownError(
                f"{entry.name} is not on this computer yet. Fetch it with “akin models download {entry.name}”."
            )
        if entry.text_repository:
            source = check_model(folder / download.IMAGES, folder / download.WORDS)
        else:
            source = check_model(folder)
        pins = self._shelf.state.pins.get(entry.name) or download.marked(folder)
        return sealed(source, () if pins is None else ((folder / place, checksum) for place, checksum in pins.files))

    def fetch(self, name: str, report: Callable[[DownloadProgress], None]) -> Path:
        """Download a public model. Raises KnownError."""
        entry = registry.entry(name)
        if entry is None:
            names = ", ".join(each.name for each in registry.ENTRIES)
            raise KnownError(f"There is no model “{name}” on offer. There are {names}.")
        with self._lock:
            if entry.name in self._downloads:
                raise KnownError(f"{entry.name} is being fetched already.")
            event = self._downloads[entry.name] = threading.Event()
        try:
            folder, known = self._folder / entry.name, self._shelf.state.pins.get(entry.name)
            pins = download.download(entry, folder, report, event, hub=self._hub, pins=known)
            self._remember(entry, pins)
            try:
                self.source(entry)
            except ModelRefusedError:
                (folder / download.MARK).unlink(missing_ok=True)
                raise
            return folder
        finally:
            with self._lock:
                del self._downloads[entry.name]

    def _remember(self, entry: ModelEntry, pins: Pins) -> None:
        try:
            self._shelf.change(lambda state: replace(state, pins={**state.pins, entry.name: pins}))
        except OSError as error:
            raise KnownError(f"What was fetched can't be noted: {error.strerror or error}.") from error

    def cancel(self, name: str) -> None:
        """Stop fetching; what has arrived is kept."""
        with self._lock:
            event = self._downloads.get(name)
        if event is not None:
            event.set()

    def delete(self, entry: ModelEntry) -> None:
        """Its files; what they were is remembered. Raises KnownError while they are being fetched."""
        if entry.name in self._downloads:
            raise KnownError(f"{entry.name} is being fetched. Cancel that first.")
        shutil.rmtree(self._folder / entry.name, ignore_errors=True)
