"""Choosing and ordering tracks; playlist files."""

from desktop_app.engine.playlists.builder import PlaylistBuilder
from desktop_app.engine.playlists.files import read_playlist, write_playlist

__all__ = ["PlaylistBuilder", "read_playlist", "write_playlist"]
