"""Nothing leaves the machine: the main job with the network forbidden to every process, and none of them tries."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures.forbidden_network import ForbiddenNetwork
from fixtures.small_library import PHOTOS, write_small_library

PATIENCE = 120.0
Ask = Callable[..., dict[str, Any]]
TRACKS = 3


@pytest.fixture
def network(tmp_path: Path) -> ForbiddenNetwork:
    return ForbiddenNetwork(tmp_path / "network")


def main_job(ask: Ask, tmp_path: Path) -> None:
    """Index, find, compare, listen, export, look after."""
    media = write_small_library(tmp_path / "media", tracks=TRACKS)
    photo, track = media / "photos" / "photo 0.jpg", media / "music" / "track 0.wav"
    assert ask("index", media)["added"] == PHOTOS + TRACKS
    assert len(ask("similar", photo, "-k", 3)["hits"]) == 3
    assert ask("similar", track)["hits"]
    assert ask("find", "photo")["total"] >= 1
    assert ask("colour", "#ff8800")["hits"]
    assert ask("playlist", track, "--length", 2, "--save", "Two", "--out", tmp_path / "two.xspf")["tracks"]
    assert ask("playlists", "import", tmp_path / "two.xspf")
    assert ask("rate", 5, photo)["changed"] == 1
    assert ask("export", tmp_path / "all.json")["items"] == PHOTOS + TRACKS
    assert ask("backup", tmp_path / "all.akin")
    assert ask("stats")["items"]
    assert ask("doctor")["ok"]
    assert ask("models", "list") is not None
    assert ask("roots", "list")["roots"]


def asking(words: list[str], environment: dict[str, str]) -> Ask:
    """Runs a command and reads its document."""

    def ask(*rest: object) -> dict[str, Any]:
        command = [*words, *(str(word) for word in rest), "--json", "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=environment, check=False)
        assert done.returncode == 0, done
        return json.loads(done.stdout)

    return ask


def test_the_guard_itself(network: ForbiddenNetwork) -> None:
    """Also in a process that a child starts."""
    inner = "import socket; socket.socket()"
    code = f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', {inner!r}]).returncode)"
    done = subprocess.run([sys.executable, "-c", code], env=network.environment, capture_output=True, check=False)
    assert done.returncode != 0 and b"no network" in done.stderr and len(network.attempts) == 1
    look_up = "import socket; socket.getaddrinfo('localhost', 80)"
    subprocess.run([sys.executable, "-c", look_up], env=network.environment, capture_output=True, check=False)
    assert len(network.attempts) == 2
    local = "import socket; socket.socketpair()[0].close()"
    assert subprocess.run([sys.executable, "-c", local], env=network.environment, check=False).returncode == 0


def test_the_main_job_tries_no_network(network: ForbiddenNetwork, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "desktop_app", "--profile", str(tmp_path / "profile")]
    main_job(asking(words, network.environment), tmp_path)
    assert network.attempts == []


@pytest.mark.skipif(shutil.which("unshare") is None, reason="network namespaces of Linux")
def test_the_main_job_where_there_is_no_network_at_all(network: ForbiddenNetwork, tmp_path: Path) -> None:
    """Native code is under no hook: here the kernel has no network for it."""
    alone = ["unshare", "--user", "--map-root-user", "--net"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine gives no namespace")
    words = [*alone, sys.executable, "-m", "desktop_app", "--profile", str(tmp_path / "profile")]
    main_job(asking(words, network.environment), tmp_path)
