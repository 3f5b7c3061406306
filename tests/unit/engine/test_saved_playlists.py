"""Playlist files are read beside the thread that writes; only what came of it is saved there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop_app.engine.library import Library
from desktop_app.engine.playlists import files
from desktop_app.engine.requests.editing import EditRequests
from desktop_app.errors import KnownError
from desktop_app.paths import Profile


class Client(EditRequests):
    """Notes what is done where: "beside", or in a write."""

    def __init__(self, library: Library) -> None:
        self.library, self.writing, self.answer = library, False, None

    def _read_beside(self, signal: str, function: Callable[[Library], Any]) -> Any:
        self.answer = function(self.library)

    def _written(self, asked: Library, function: Callable[[Library], Any]) -> Any:
        self.writing = True
        try:
            return function(asked)
        finally:
            self.writing = False


def test_reading_a_playlist_holds_up_no_edit(profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, read, reading = tmp_path / "list.m3u8", files.read_entries, list[bool]()
    source.write_text("#EXTM3U\nnowhere.mp3\n")
    with Library.open(profile, jobs=1) as library:
        client = Client(library)

        def noted(path: Path) -> list[Path | str]:
            reading.append(client.writing)
            return read(path)

        monkeypatch.setattr(files, "read_entries", noted)
        with pytest.raises(KnownError, match="None of the tracks"):
            client.import_playlist(source)
        assert reading == [False]
