"""The shared libraries that Qt and audio need from a Linux system, and how to get them."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED: dict[str, str] = {  # library: Debian package
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libX11.so.6": "libx11-6",
}
FOR_A_WINDOW: dict[str, str] = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
FOR_SOUND: dict[str, str] = {"libpulse.so.0": "libpulse0"}
FONT_PACKAGE = "fonts-dejavu-core"

OTHER_SYSTEMS = {
    "dnf": "sudo dnf install mesa-libEGL mesa-libGL libxkbcommon libxkbcommon-x11 dbus-libs fontconfig xcb-util-cursor "
    "xcb-util-wm xcb-util-image xcb-util-keysyms xcb-util-renderutil pulseaudio-libs dejavu-sans-fonts",
    "pacman": "sudo pacman -S libglvnd libxkbcommon libxkbcommon-x11 dbus fontconfig xcb-util-cursor xcb-util-wm "
    "xcb-util-image xcb-util-keysyms xcb-util-renderutil libpulse ttf-dejavu",
    "zypper": "sudo zypper install Mesa-libEGL1 Mesa-libGL1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 fontconfig "
    "libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libpulse0 dejavu-fonts",
}


def ensure() -> bool:
    """Install what is missing, or say how; False only where Akin can't start without it."""
    if not sys.platform.startswith("linux"):
        return True
    packages = missing_packages()
    if packages and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print("Installing system libraries:", " ".join(packages), flush=True)
        _install(packages)
        packages = missing_packages()
    if not packages:
        return True
    print(f"These system packages are missing: {' '.join(packages)}", file=sys.stderr)
    print(f"Install them with:\n    {command_for(packages)}", file=sys.stderr)
    essential = {package for name, package in NEEDED.items() if not _loads(name)}
    if essential:
        return False
    print("Akin goes on without them; the window or the sound may be missing.", file=sys.stderr)
    return True


def missing_packages() -> list[str]:
    """Debian's names of the packages whose libraries can't be loaded, and of a font if there is none."""
    everything = {**NEEDED, **FOR_A_WINDOW, **FOR_SOUND}
    missing = [package for library, package in everything.items() if not _loads(library)]
    if not _has_font():
        missing.append(FONT_PACKAGE)
    return missing


def command_for(packages: list[str]) -> str:
    """The command that this system's user would type."""
    if shutil.which("apt-get"):
        return "sudo apt-get install " + " ".join(packages)
    for tool, command in OTHER_SYSTEMS.items():
        if shutil.which(tool):
            return command
    return "your system's package manager, looking for: " + " ".join(packages)


def _install(packages: list[str]) -> None:
    install = ["install", "-y", "--no-install-recommends", *packages]
    if _apt(install, quiet=True) != 0:
        _apt(["update"])
        _apt(install)


def _apt(arguments: list[str], *, quiet: bool = False) -> int:
    return subprocess.call(
        ["apt-get", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if quiet else None,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_font() -> bool:
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
    folders = (*folders, Path.home() / ".local/share/fonts")
    return any(next(folder.rglob("*.[ot]tf"), None) is not None for folder in folders if folder.is_dir())
