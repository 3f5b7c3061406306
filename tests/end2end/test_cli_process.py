"""The command line as its users start it: real processes, beside one another, killed and interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from fixtures.media import picture, write_photo
from fixtures.small_library import PHOTOS, write_small_library

PATIENCE = 60.0
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")


@pytest.fixture
def media(tmp_path: Path) -> Path:
    return write_small_library(tmp_path / "media", tracks=1)


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., list[str]]:
    """The words that start a command on this test's profile."""

    def words(*rest: object) -> list[str]:
        return [sys.executable, "-m", "desktop_app", "--profile", str(tmp_path / "profile"), *(str(w) for w in rest)]

    return words


Command = Callable[..., list[str]]
REPOSITORY = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPOSITORY)}


def run(words: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=ENVIRONMENT,
        check=False,
        errors="replace",
        **options,
    )


def answer(words: list[str]) -> dict[str, Any]:
    done = run([*words, "--json", "--quiet"])
    assert (done.returncode, done.stderr) == (0, ""), done
    return json.loads(done.stdout)


def read_document(stream: IO[str]) -> dict[str, Any]:
    """The first JSON document of a stream that stays open."""
    lines = ""
    for line in stream:
        lines += line
        if line.startswith("}"):
            break
    return json.loads(lines)


@pytest.fixture
def watching(command: Command, media: Path) -> Iterator[subprocess.Popen[str]]:
    """``akin index --watch`` that has indexed and goes on."""
    process = subprocess.Popen(
        command("index", media, "--watch", "--json", "--quiet", "--jobs", 1),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert process.stdout is not None
    assert read_document(process.stdout)["added"] == PHOTOS + 1
    yield process
    process.kill()
    process.communicate(timeout=PATIENCE)


@POSIX
@pytest.mark.parametrize("words", ["stats", "list --json"])
def test_an_output_that_is_closed_is_no_fault(command: Command, words: str) -> None:
    done = run(["sh", "-c", '"$@" >&-', "sh", *command(*words.split())])
    assert (done.returncode, done.stderr) == (0, "")


def test_the_main_job_without_qt(command: Command, media: Path, tmp_path: Path) -> None:
    """Everything works where PySide6 can't be imported and there is no display."""
    (tmp_path / "no_qt" / "PySide6").mkdir(parents=True)
    (tmp_path / "no_qt" / "PySide6" / "__init__.py").write_text("raise ImportError('no Qt here')")
    environment = {k: v for k, v in ENVIRONMENT.items() if k not in ("DISPLAY", "QT_QPA_PLATFORM")}
    environment["PYTHONPATH"] = f"{tmp_path / 'no_qt'}{os.pathsep}{REPOSITORY}"

    def document(*words: object) -> dict[str, Any]:
        done = subprocess.run(
            [*command(*words), "--json"], capture_output=True, text=True, timeout=PATIENCE, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    assert document("index", media, "--jobs", 1)["photos"] == PHOTOS
    hits = document("similar", media / "photos" / "photo 1.jpg")["hits"]
    assert len(hits) == PHOTOS - 1
    assert document("stats")["items"]["total"] == PHOTOS + 1


@POSIX
def test_names_that_are_no_text(command: Command, tmp_path: Path) -> None:
    plain = write_photo(tmp_path / "odd" / "plain.jpg", picture(1))
    names = [b"caf\xe9 \xff.jpg", "数 \"'\n\t.jpg".encode(), b"-k.jpg"]
    for seed, name in enumerate(names):
        other = write_photo(tmp_path / "other.jpg", picture(seed + 2))
        other.rename(tmp_path / "odd" / os.fsdecode(name))
    assert answer(command("index", tmp_path / "odd", "--jobs", 1))["photos"] == 4
    listed = answer(command("list"))["items"]
    assert {os.fsencode(Path(item["path"]).name) for item in listed} == {*names, b"plain.jpg"}
    hits = answer(command("similar", plain))["hits"]
    assert len(hits) == 3
    done = subprocess.run(command("list"), capture_output=True, timeout=PATIENCE, env=ENVIRONMENT, check=True)
    assert names[0] in done.stdout


@POSIX
def test_commands_are_answered_by_the_one_that_watches(
    watching: subprocess.Popen[str], command: Command, media: Path, tmp_path: Path
) -> None:
    photo = media / "photos" / "photo 1.jpg"
    assert answer(command("rate", 5, photo)) == {"changed": 1}
    assert answer(command("find", "rating:5"))["total"] == 1
    assert len(answer(command("similar", photo))["hits"]) == PHOTOS - 1
    again = answer(command("index", media / "photos"))
    assert again["unchanged"] == PHOTOS + 1
    relative = subprocess.run(
        [*command("show", "photo 1.jpg"), "--json"],
        capture_output=True,
        text=True,
        cwd=media / "photos",
        env=ENVIRONMENT,
        timeout=PATIENCE,
        check=True,
    )
    assert json.loads(relative.stdout)["rating"] == 5
    wrong = run(command("show", "nothing"))
    assert (wrong.returncode, wrong.stdout) == (3, "") and wrong.stderr.count("\n") == 1
    assert run(command("find", "rating:>>")).returncode == 2
    write_photo(media / "photos" / "late.jpg", picture(40))
    end = time.monotonic() + PATIENCE
    while answer(command("find", "late"))["total"] == 0:
        assert time.monotonic() < end
    watching.send_signal(signal.SIGINT)
    assert watching.wait(PATIENCE) == 0
    assert answer(command("find", "rating:5"))["total"] == 1


@POSIX
def test_a_killed_holder_leaves_nothing_in_the_way(
    watching: subprocess.Popen[str], command: Command, media: Path
) -> None:
    photo = media / "photos" / "photo 2.jpg"
    assert answer(command("rate", 3, photo)) == {"changed": 1}
    watching.kill()
    watching.wait(PATIENCE)
    assert answer(command("show", photo))["rating"] == 3
    report = answer(command("index", media))
    assert (report["unchanged"], report["embedded"]) == (PHOTOS + 1, 0)


@POSIX
def test_watching_says_what_it_picked_up(command: Command, media: Path) -> None:
    process = subprocess.Popen(
        command("index", media, "--watch", "--jobs", 1),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        assert "photos" in process.stdout.readline()
        write_photo(media / "photos" / "late.jpg", picture(40))
        (media / "photos" / "photo 1.jpg").unlink()
        told = ""
        for line in process.stderr:
            told += line
            if "1 added" in told and "1 missing" in told:
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


@POSIX
def test_locked_by_one_who_does_not_answer(command: Command, tmp_path: Path) -> None:
    """Another program has the file open: exit code 4 and a sentence, after a short wait."""
    answer(command("list"))
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()",
            str(tmp_path / "profile" / "catalog.duckdb"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    done = run(command("list"))
    holder.communicate(timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.count("\n") == 1 and "already open" in done.stderr


@POSIX
def test_interrupted_indexing_ends_cleanly(command: Command, tmp_path: Path) -> None:
    pixels = [picture(seed, (800, 600)) for seed in range(2)]
    for seed in range(40):
        write_photo(tmp_path / "many" / f"{seed}.jpg", pixels[seed % 2] ^ seed)
    with subprocess.Popen(
        command("index", tmp_path / "many", "--jobs", 1),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as process:
        assert process.stderr is not None
        assert "Looking for files" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1].startswith("Stopped")
    assert answer(command("doctor"))["ok"]


@POSIX
def test_a_reader_that_goes_away_is_no_fault(command: Command, media: Path) -> None:
    answer(command("index", media, "--jobs", 1))
    line = " ".join(f"'{word}'" for word in command("list"))
    done = run(["bash", "-c", f"set -o pipefail; {line} | head -c 1"])
    assert (done.returncode, done.stderr) == (0, "")
