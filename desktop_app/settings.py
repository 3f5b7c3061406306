"""Typed settings in TOML, with numbered upgrades; hand edits and unknown keys survive a save."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from desktop_app.files import replacing

VERSION = 1

DEFAULT_EXCLUDED_FOLDERS = (
    "@eaDir",
    ".thumbnails",
    "*.photoslibrary",
    "*.photolibrary",
    "*.lrdata",
    "$RECYCLE.BIN",
    "System Volume Information",
    "lost+found",
    "Trash",
    ".Trash*",
    "#recycle",
    "node_modules",
    "__pycache__",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose. ``workers`` 0 means one per core; ``theme`` is "system", "light" or "dark".

    Without ``full_speed_on_battery`` indexing uses half of the workers while the computer runs on its battery.
    """

    workers: int = 0
    thumbnail_cache_mb: int = 4096
    theme: str = "system"
    include_hidden: bool = False
    excluded_folders: tuple[str, ...] = DEFAULT_EXCLUDED_FOLDERS
    player_volume: float = 0.8
    full_speed_on_battery: bool = False
    notice: str = ""  # why the file could not be read, for the window to say; never saved

    @classmethod
    def load(cls, path: Path) -> "Settings":
        """Read ``path``; a missing file gives the defaults, a damaged one the defaults with ``notice`` set."""
        try:
            document = tomllib.loads(path.read_text("utf-8"))  # faster than tomlkit, which is loaded to save
        except FileNotFoundError:
            return cls()
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
            return cls(notice=f"The settings in {path} could not be read, so the defaults are used.")
        return _from_document(_upgraded(document))

    def save(self, path: Path) -> None:
        """Write ``path`` atomically. Raises OSError."""
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        try:
            document = tomlkit.parse(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, TOMLKitError):
            document = tomlkit.document()
        document["version"] = VERSION
        for field in fields(self):
            if field.name != "notice":
                value = getattr(self, field.name)
                document[field.name] = list(value) if isinstance(value, tuple) else value
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, private=True) as part:
            part.write_text(tomlkit.dumps(document), "utf-8")


LIMITS: Mapping[str, tuple[float, float]] = {
    "workers": (0, 256),
    "thumbnail_cache_mb": (16, 1_000_000),
    "player_volume": (0.0, 1.0),
}
THEMES = ("system", "light", "dark")

UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From version N to N + 1: a pure function over the parsed document."""


def _upgraded(document: dict[str, Any]) -> dict[str, Any]:
    version = document.get("version", VERSION)
    while isinstance(version, int) and version < VERSION:
        document = UPGRADES[version](document)
        version += 1
    return document


def _from_document(document: dict[str, Any]) -> Settings:
    """Keep each value whose type fits; the others stay at their default and are named in the notice."""
    settings = Settings()
    wrong: list[str] = []
    for field in fields(Settings):
        if field.name not in document or field.name == "notice":
            continue
        value, default = document[field.name], getattr(settings, field.name)
        if isinstance(default, tuple) and isinstance(value, list) and all(isinstance(v, str) for v in value):
            value = tuple(value)
        elif isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is type(default) and _makes_sense(field.name, value):
            settings = replace(settings, **{field.name: value})
        else:
            wrong.append(field.name)
    if wrong:
        settings = replace(
            settings, notice=f"Some settings were not understood and are at their default: {', '.join(wrong)}."
        )
    return settings


def _makes_sense(name: str, value: Any) -> bool:
    if name in LIMITS:
        low, high = LIMITS[name]
        return low <= value <= high
    return name != "theme" or value in THEMES
