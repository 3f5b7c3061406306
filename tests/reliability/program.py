"""The real program on a profile of its own: ``python -m desktop_app``, as its users start it."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE = 90.0
_MACHINE_WORDS = re.compile(
    r"0x[0-9a-f]|\b[A-Z]\w*(?:Error|Exception|Warning)\b|Traceback|desktop_app|site-packages|\w+\.py\b|errno", re.I
)

Ended = subprocess.CompletedProcess[str]


class Program:
    """Starts commands; ``before`` are words that go before them (``setpriv …``)."""

    def __init__(self, profile: Path, before: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> None:
        self.profile = profile
        self.environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), **(environment or {})}
        self._before = list(before)

    def words(self, *rest: object) -> list[str]:
        """The command line of a command."""
        program = [sys.executable, "-m", "desktop_app", "--profile", str(self.profile)]
        return [*self._before, *program, *(str(word) for word in rest)]

    def start(self, *rest: object, **options: Any) -> "subprocess.Popen[str]":
        """Begin a command; its output can be read."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, **options}
        return subprocess.Popen(self.words(*rest), env=self.environment, text=True, errors="replace", **pipes)

    def run(self, *rest: object, patience: float = PATIENCE) -> Ended:
        """Carry a command out to its end."""
        return subprocess.run(
            self.words(*rest),
            env=self.environment,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=patience,
            check=False,
        )

    def answer(self, *rest: object, patience: float = PATIENCE) -> dict[str, Any]:
        """The document of a command that ends well and says nothing beside it."""
        done = self.run(*rest, "--json", "--quiet", patience=patience)
        assert (done.returncode, done.stderr) == (0, ""), done
        return dict(json.loads(done.stdout))

    def wait_until_held(self, process: "subprocess.Popen[str]") -> None:
        """Until ``process`` has the library open and answers the commands of others."""
        end = time.monotonic() + PATIENCE
        while not (self.profile / "address").exists():
            assert time.monotonic() < end, "nobody came to hold the library"
            with contextlib.suppress(subprocess.TimeoutExpired):
                raise AssertionError(f"it ended instead, with {process.wait(0.05)}")

    def items(self) -> dict[str, dict[str, Any]]:
        """All items by path; fails if one that is there is so twice."""
        listed = self.answer("list")["items"]
        there = [item for item in listed if item["state"] != "missing"]
        assert len({item["path"] for item in there}) == len(there), "an item is there twice"
        return {item["path"]: item for item in [*listed, *there]}


def refused(done: Ended, code: int) -> str:
    """The one plain sentence that a command ended with."""
    assert done.returncode == code, done
    lines = [line for line in done.stderr.splitlines() if line]
    assert lines, done
    assert_plain(lines[-1])
    return lines[-1]


def assert_plain(sentence: str) -> None:
    """Words for people: no names of classes or modules, no addresses."""
    found = _MACHINE_WORDS.search(sentence)
    assert sentence and found is None, f"not for people: {sentence!r}"
    assert sentence[0].isupper() or sentence[0] in "“/'", sentence
