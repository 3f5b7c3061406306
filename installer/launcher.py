"""A double-clickable Akin: desktop entry, Start-menu shortcut, or application bundle."""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

PHOTO_TYPES = ["jpeg", "png", "webp", "gif", "bmp", "tiff", "heic", "heif", "avif"]
RAW_TYPES = ["x-canon-cr2", "x-nikon-nef", "x-sony-arw", "x-adobe-dng"]
TRACK_TYPES = ["mpeg", "flac", "ogg", "x-vorbis+ogg", "opus", "x-wav", "x-aiff", "mp4", "x-ms-wma"]
MIME_TYPES = [f"image/{name}" for name in PHOTO_TYPES + RAW_TYPES] + [f"audio/{name}" for name in TRACK_TYPES]


def install(root: Path, python: str) -> list[str]:
    """Put Akin where this system expects applications; returns what was done, for the user."""
    if sys.platform == "win32":
        return _install_windows(root, python)
    if sys.platform == "darwin":
        return _install_macos(root, python)
    return _install_linux(root, python)


def remove() -> list[str]:
    """Take away what ``install`` made."""
    if sys.platform == "win32":
        places = [_start_menu() / "Akin.lnk"]
    elif sys.platform == "darwin":
        places = [_bundle()]
    else:
        places = [_entry(), *_icons()]
    said: list[str] = []
    for place in places:
        if place.is_dir():
            shutil.rmtree(place)
        elif place.exists():
            place.unlink()
        else:
            continue
        said.append(f"Removed {place}")
    return said or ["Akin was not in the applications menu."]


# ---------------------------------------------------------------------------------------------- Linux


def _data_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


def _entry() -> Path:
    return _data_home() / "applications" / "akin.desktop"


def _icons() -> list[Path]:
    icons = _data_home() / "icons" / "hicolor"
    return [icons / "scalable" / "apps" / "akin.svg", icons / "256x256" / "apps" / "akin.png"]


def _install_linux(root: Path, python: str) -> list[str]:
    for icon in _icons():
        source = root / "resources" / "icons" / icon.name
        if source.exists():
            icon.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, icon)
    entry = _entry()
    entry.parent.mkdir(parents=True, exist_ok=True)
    entry.write_text(desktop_entry(python), "utf-8")
    entry.chmod(0o755)
    for command in (
        ["update-desktop-database", str(entry.parent)],
        ["gtk-update-icon-cache", "-q", "-t", str(_data_home() / "icons" / "hicolor")],
    ):
        if shutil.which(command[0]):
            subprocess.call(command, stderr=subprocess.DEVNULL)
    return [f"Akin is in your applications menu ({entry}).", "Photos and tracks now offer “Open with Akin”."]


def desktop_entry(python: str) -> str:
    """The text of the desktop entry (freedesktop.org Desktop Entry Specification)."""
    lines = [
        "[Desktop Entry]",
        "Type=Application",
        "Version=1.1",
        "Name=Akin",
        "GenericName=Photo and Music Library",
        "Comment=Find the photos and tracks in your library that look, or sound, alike",
        f"Exec={_quoted(python)} -m desktop_app %F",
        f"TryExec={python}",
        "Icon=akin",
        "Terminal=false",
        "Categories=Graphics;AudioVideo;Photography;Music;",
        "Keywords=photo;music;similar;playlist;library;",
        f"MimeType={';'.join(MIME_TYPES)};",
        "StartupNotify=true",
        "StartupWMClass=akin",
    ]
    return "\n".join(lines) + "\n"


def _quoted(argument: str) -> str:
    """Quoted as the specification wants it in ``Exec``."""
    escaped = argument
    for character in ("\\", '"', "`", "$"):
        escaped = escaped.replace(character, "\\" + character)
    return '"' + escaped.replace("%", "%%").replace("\\", "\\\\") + '"'


# -------------------------------------------------------------------------------------------- Windows


def _start_menu() -> Path:
    return Path(os.environ["APPDATA"]) / "Microsoft" / "Windows" / "Start Menu" / "Programs"


def _install_windows(root: Path, python: str) -> list[str]:
    shortcut = _start_menu() / "Akin.lnk"
    script = (
        "$s = (New-Object -ComObject WScript.Shell).CreateShortcut($env:AKIN_LNK);"
        "$s.TargetPath = $env:AKIN_EXE; $s.Arguments = '-m desktop_app';"
        "$s.WorkingDirectory = $env:AKIN_DIR; $s.IconLocation = $env:AKIN_ICO;"
        "$s.Description = 'Find photos and tracks that look, or sound, alike'; $s.Save()"
    )
    icon = root / "resources" / "icons" / "akin.ico"
    environment = {
        **os.environ,
        "AKIN_LNK": str(shortcut),
        "AKIN_EXE": python,
        "AKIN_DIR": str(root),
        "AKIN_ICO": str(icon),
    }
    command = ["powershell", "-NoProfile", "-ExecutionPolicy", "Bypass", "-Command", script]
    if subprocess.call(command, env=environment) != 0:
        return [f"The shortcut {shortcut} could not be made: PowerShell refused."]
    return [f"Akin is in your Start menu ({shortcut})."]


# ---------------------------------------------------------------------------------------------- macOS


def _bundle() -> Path:
    return Path.home() / "Applications" / "Akin.app"


def _install_macos(root: Path, python: str) -> list[str]:
    contents = _bundle() / "Contents"
    (contents / "MacOS").mkdir(parents=True, exist_ok=True)
    (contents / "Resources").mkdir(exist_ok=True)
    icon = root / "resources" / "icons" / "akin.icns"
    if icon.exists():
        shutil.copyfile(icon, contents / "Resources" / "akin.icns")
    with (contents / "Info.plist").open("wb") as file:
        plistlib.dump(_plist(), file)
    program = contents / "MacOS" / "Akin"
    program.write_text(f'#!/bin/sh\nexec {_shell_quoted([python])} -m desktop_app "$@"\n', "utf-8")
    program.chmod(0o755)
    return [f"Akin is in your Applications folder ({_bundle()})."]


def _plist() -> dict[str, object]:
    return {
        "CFBundleName": "Akin",
        "CFBundleDisplayName": "Akin",
        "CFBundleIdentifier": "app.akin.Akin",
        "CFBundleExecutable": "Akin",
        "CFBundleIconFile": "akin",
        "CFBundlePackageType": "APPL",
        "CFBundleShortVersionString": "0.1.0",
        "NSHighResolutionCapable": True,
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",
                "LSItemContentTypes": ["public.image", "public.audio", "public.folder"],
            }
        ],
    }


def _shell_quoted(words: Iterable[str]) -> str:
    import shlex

    return " ".join(shlex.quote(word) for word in words)
