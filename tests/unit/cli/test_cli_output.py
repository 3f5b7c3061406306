"""What the command line prints."""

import io
import json
from pathlib import Path

import numpy as np

from desktop_app.cli.output import ProgressLine, as_json, bytes_text, length, percent, plural, table
from desktop_app.domain.progress import Phase, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_json_is_safe_for_any_value() -> None:
    text = as_json(
        {"a": Path("/x"), "b": float("nan"), "c": np.arange(2), "d": (1, None, True), "e": "\udcff", "f": {2}}
    )
    assert json.loads(text) == {"a": "/x", "b": None, "c": [0, 1], "d": [1, None, True], "e": "\udcff", "f": [2]}
    text.encode("ascii")
    assert json.loads(as_json({"o": object}))["o"]


def test_tables_are_aligned() -> None:
    assert table([["1", "a"], ["22", "b\nc"]], right=(0,)) == " 1  a\n22  b⏎c\n"
    assert table([]) == ""


def test_figures_for_people() -> None:
    assert (percent(0.956), length(None), length(245), plural(1, "photo"), plural(2000, "track")) == (
        "96 %",
        "",
        "4:05",
        "1 photo",
        "2,000 tracks",
    )
    assert [bytes_text(count) for count in (12, 1500, 2.5e6, 3e9, 4e12)] == [
        "12 B",
        "1.5 kB",
        "2.5 MB",
        "3.0 GB",
        "4.0 TB",
    ]


def test_progress_on_a_terminal_is_one_bar() -> None:
    stream = Terminal()
    line = ProgressLine(stream, quiet=False)
    line.show(Progress(Phase.READING, 5, 10, 2.0, 3.0, problems=1))
    line.show(Progress(Phase.READING, 6, 10))
    line.end()
    assert "[############............] Indexing 5 of 10, 2.0 a second" in stream.getvalue()
    assert "6 of 10" not in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_progress_elsewhere_is_a_line_now_and_then() -> None:
    stream = io.StringIO()
    line = ProgressLine(stream, quiet=False)
    line.show(Progress(Phase.SCANNING, 5))
    line.show(Progress(Phase.READING, 5, 10))
    line.end()
    assert stream.getvalue() == "Looking for files 5\n"


def test_quiet_says_nothing() -> None:
    stream = io.StringIO()
    line = ProgressLine(stream, quiet=True)
    line.show(Progress(Phase.READING, 5, 10))
    ProgressLine(stream, quiet=False).show(Progress(Phase.IDLE))
    assert stream.getvalue() == ""
