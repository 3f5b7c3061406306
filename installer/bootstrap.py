#!/usr/bin/env python3
"""Set Akin up on a fresh machine and start it, test it, or put it in the applications menu.

    python3 installer/bootstrap.py run [FILE…]     open the window (without a display: a tour, with pictures)
    python3 installer/bootstrap.py test [ARG…]     lint, type check and tests; ARGs go to pytest
    python3 installer/bootstrap.py test --long     the same, with the tests of faults in full (hours)
    python3 installer/bootstrap.py bench [NAME…]   speed, memory and quality beside a reference (--list: the names)
    python3 installer/bootstrap.py setup           only install
    python3 installer/bootstrap.py launcher        a double-clickable Akin; --remove takes it away

Standard library only; Python 3.11 or newer; Linux, Windows and macOS.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "akin-setup.json"
CONSTRAINTS = ROOT / "installer" / "constraints.txt"
OLDEST = (3, 11)


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="bootstrap.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["run", "test", "bench", "setup", "launcher"])
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)

    if sys.version_info < OLDEST:
        return _again_with_newer_python()
    import system_libraries

    if not system_libraries.ensure():
        return 1
    if not ensure_installed(with_tests=options.command in ("test", "bench")):
        return 1
    commands = {"run": run, "test": test, "bench": bench, "setup": setup, "launcher": launcher}
    return commands[options.command](options.arguments)


# ------------------------------------------------------------------------------------------- commands


def run(arguments: list[str]) -> int:
    """Open the window; where there is no display, drive the sample library offscreen and save pictures."""
    if not has_display():
        print("There is no display here, so Akin shows itself offscreen: it makes its sample library, finds what is")
        print("similar to a dropped picture, builds a playlist, and saves pictures of its window.\n", flush=True)
        return subprocess.call([venv_python(), "-m", "desktop_app.tour", *arguments], cwd=ROOT)
    _offer_launcher_once()
    return subprocess.call([venv_python(), "-m", "desktop_app", *arguments])


def test(arguments: list[str]) -> int:
    """Ruff, pyright, then pytest on all cores; the first that fails ends it."""
    checks = [["-m", "ruff", "check", "."], ["-m", "ruff", "format", "--check", "."], ["-m", "pyright"]]
    for check in checks:
        print("==>", " ".join(check[1:]), flush=True)
        code = subprocess.call([venv_python(), *check], cwd=ROOT)
        if code:
            return code
    long = "--long" in arguments
    arguments = [argument for argument in arguments if argument != "--long"]
    command = [venv_python(), "-m", "pytest", *pytest_arguments(arguments)]
    print("==>", " ".join(command[1:]), flush=True)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONHASHSEED": "0"}
    if long:
        environment["AKIN_LONG"] = "1"
    return subprocess.call(command, cwd=ROOT, env=environment)


def pytest_arguments(arguments: list[str]) -> list[str]:
    """Without arguments the whole suite, spread over the cores."""
    if arguments:
        return arguments
    return ["-n", str(os.cpu_count() or 2), "--dist", "loadfile", "-q"]


def bench(arguments: list[str]) -> int:
    """The benchmarks of ``tests/benchmarks``, all or by name."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    return subprocess.call([venv_python(), "-m", "benchmarks", *arguments], env=environment)


def launcher(arguments: list[str]) -> int:
    """Put a double-clickable Akin where this system expects one."""
    import launcher as desktop

    for line in desktop.remove() if "--remove" in arguments else desktop.install(ROOT, venv_python(windowed=True)):
        print(line)
    return 0


def setup(_arguments: list[str]) -> int:
    """Nothing more than installing."""
    return 0


def has_display() -> bool:
    """Whether a window could be shown."""
    if sys.platform in ("win32", "darwin"):
        return True
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"):
        return False
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _offer_launcher_once() -> None:
    asked = VENV / "akin-launcher-offered"
    if asked.exists() or os.environ.get("AKIN_NO_LAUNCHER") or not sys.stdin.isatty():
        return
    asked.touch()
    answer = input("Put Akin in your applications menu, so that a double click opens it? [Y/n] ").strip().lower()
    if answer in ("", "y", "yes"):
        launcher([])


# ---------------------------------------------------------------------------------------- installation


def venv_python(*, windowed: bool = False) -> str:
    """The environment's interpreter; ``windowed`` is the one without a console on Windows."""
    if sys.platform == "win32":
        return str(VENV / "Scripts" / ("pythonw.exe" if windowed else "python.exe"))
    return str(VENV / "bin" / "python")


def ensure_installed(*, with_tests: bool) -> bool:
    """Make or refresh ``.venv`` where anything it was made from changed. A second call costs some milliseconds."""
    stamp = _read_stamp()
    wanted = {"key": _key(), "tests": with_tests or bool(stamp.get("tests"))}
    if Path(venv_python()).exists() and stamp.get("key") == wanted["key"] and stamp.get("tests") == wanted["tests"]:
        return True
    if not Path(venv_python()).exists():
        print(f"Making {VENV} …", flush=True)
        if subprocess.call([sys.executable, "-m", "venv", str(VENV)]) != 0:
            print(_venv_advice(), file=sys.stderr)
            shutil.rmtree(VENV, ignore_errors=True)
            return False
    print("Installing what Akin needs (some minutes the first time) …", flush=True)
    models = _pip("torch")
    if not models:
        print("torch can't be installed here: Akin works without it, but without the optional neural models.")
    extras = [*(["models"] if models else []), *(["test"] if wanted["tests"] else [])]
    project = str(ROOT) + (f"[{','.join(extras)}]" if extras else "")
    if not _pip("--editable", project):
        print("The packages could not be installed: check the network connection and start again.", file=sys.stderr)
        return False
    # Else each start compiles the program anew where Python is told to keep nothing, and the first one in any case.
    subprocess.call([venv_python(), "-m", "compileall", "-q", "-j", "0", str(ROOT / "desktop_app")])
    STAMP.write_text(json.dumps(wanted), "utf-8")
    return True


def _pip(*arguments: str) -> bool:
    command = [venv_python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return subprocess.call([*command, "--constraint", str(CONSTRAINTS), *arguments]) == 0


def _key() -> str:
    digest = hashlib.sha256(f"{sys.version_info[:2]} {ROOT}".encode())
    for source in (ROOT / "pyproject.toml", CONSTRAINTS):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _read_stamp() -> dict[str, object]:
    try:
        return dict(json.loads(STAMP.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _venv_advice() -> str:
    if shutil.which("apt-get"):
        return "Python's venv module is missing here. Install it with: sudo apt-get install python3-venv"
    return "Python could not make a virtual environment: install Python 3.11 or newer from python.org."


def _again_with_newer_python() -> int:
    for name in ("python3.14", "python3.13", "python3.12", "python3.11"):
        found = shutil.which(name)
        if found:
            return subprocess.call([found, __file__, *sys.argv[1:]])
    have = ".".join(map(str, sys.version_info[:3]))
    print(f"Akin needs Python 3.11 or newer; this is {have}.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
