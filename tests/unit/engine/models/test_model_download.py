"""Fetching a model from a server on this machine: resumed, stopped, damaged, not there."""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from desktop_app.domain.models import DownloadProgress, ModelEntry, Repository
from desktop_app.engine.models.download import (
    DownloadCancelledError,
    DownloadError,
    Pins,
    download,
    is_complete,
    marked,
)

WEIGHTS = bytes(range(256)) * 8000
FILES = {"config.json": b'{"a": 1}', "model.safetensors": WEIGHTS, "pytorch_model.bin": b"evil", "code.py": b"evil"}
ENTRY = ModelEntry("tiny", "Tiny", "", "MIT", 8, 32, 2_000_000, 1.0, (Repository("someone/tiny"),))


class Hub(ThreadingHTTPServer):
    """Answers as the model hub does. ``asked`` are the ranges of the weights; ``damage`` spoils them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.asked: list[str] = []
        self.damage = False
        self.cut: int | None = None
        self.files = dict(FILES)
        self.commit = "a" * 40
        self.elsewhere = ""
        self.more = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        hub, name = self.server, self.path.rpartition("/")[2]
        if self.path.startswith("/api/models/someone/tiny/"):
            self.send(
                200, json.dumps({"sha": hub.commit, "siblings": [self.listed(each) for each in hub.files]}).encode()
            )
        elif self.path.startswith(f"/someone/tiny/resolve/{hub.commit}/") and name in hub.files:
            data, start = hub.files[name], 0
            if name.endswith(".safetensors"):
                hub.asked.append(self.headers.get("Range", ""))
                data = (data[:-1] + b"!" if hub.damage else data) + hub.more
                if hub.elsewhere:
                    self.send_response(302)
                    self.send_header("Location", hub.elsewhere)
                    self.end_headers()
                    return
            if "Range" in self.headers:
                start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
            end = hub.cut if hub.cut is not None and name.endswith(".safetensors") else len(data)
            self.send(206 if start else 200, data[start:end])
        else:
            self.send(404, b"")

    def listed(self, name: str) -> dict[str, object]:
        data = self.server.files[name]
        if name.endswith(".safetensors"):
            return {"rfilename": name, "lfs": {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}}
        blob = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
        return {"rfilename": name, "blobId": blob, "size": len(data)}

    def send(self, code: int, data: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever, args=(0.05,))
    thread.start()
    yield hub
    hub.shutdown()
    hub.server_close()
    thread.join()


def again(hub: Hub, folder: Path, *, pins: Pins | None = None, revision: str = "main", sha256: str = "") -> Pins:
    """Fetch it as a program that knows of an earlier download, of a commit or of a checksum."""
    stated = (("model.safetensors", sha256),) if sha256 else ()
    entry = replace(ENTRY, repositories=(Repository("someone/tiny", revision, stated),))
    return download(entry, folder, lambda _progress: None, threading.Event(), hub=hub.url, pins=pins)


def fetch(hub: Hub, folder: Path, *, stop_at: int | None = None) -> list[DownloadProgress]:
    told: list[DownloadProgress] = []
    cancelled = threading.Event()

    def report(progress: DownloadProgress) -> None:
        told.append(progress)
        if stop_at is not None and progress.done >= stop_at:
            cancelled.set()

    download(ENTRY, folder, report, cancelled, hub=hub.url)
    return told


def test_only_safe_files_arrive_whole_and_checked(hub: Hub, tmp_path: Path) -> None:
    told = fetch(hub, tmp_path / "tiny")
    found = {path.name for path in (tmp_path / "tiny").iterdir()}
    assert found == {"config.json", "model.safetensors", "akin-download.json"}
    assert (tmp_path / "tiny" / "model.safetensors").read_bytes() == WEIGHTS
    assert is_complete(tmp_path / "tiny") and told[-1].done == told[-1].total == len(WEIGHTS) + 8
    mark = json.loads((tmp_path / "tiny" / "akin-download.json").read_text())
    assert mark["commits"] == {"someone/tiny": hub.commit}
    fetch(hub, tmp_path / "tiny")
    assert len(hub.asked) == 1  # what is there is not fetched again


def test_a_stopped_download_goes_on_where_it_ended(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(DownloadCancelledError):
        fetch(hub, tmp_path / "tiny", stop_at=100_000)
    part = tmp_path / "tiny" / "model.safetensors.part"
    have = part.stat().st_size
    assert 0 < have < len(WEIGHTS) and not is_complete(tmp_path / "tiny")
    fetch(hub, tmp_path / "tiny")
    assert hub.asked == ["", f"bytes={have}-"] and not part.exists()
    assert (tmp_path / "tiny" / "model.safetensors").read_bytes() == WEIGHTS


def test_a_connection_that_ends_early_keeps_what_came(hub: Hub, tmp_path: Path) -> None:
    hub.cut = 700_000
    with pytest.raises(DownloadError, match="goes on"):
        fetch(hub, tmp_path / "tiny")
    hub.cut = None
    fetch(hub, tmp_path / "tiny")
    assert hub.asked[-1] == "bytes=700000-"


def test_a_damaged_file_is_thrown_away(hub: Hub, tmp_path: Path) -> None:
    hub.damage = True
    with pytest.raises(DownloadError, match="damaged"):
        fetch(hub, tmp_path / "tiny")
    assert not list((tmp_path / "tiny").glob("model.safetensors*"))


def test_only_pickles_on_offer_and_no_connection_are_sentences(hub: Hub, tmp_path: Path) -> None:
    del hub.files["model.safetensors"]
    with pytest.raises(DownloadError, match="no safetensors"):
        fetch(hub, tmp_path / "tiny")
    with pytest.raises(DownloadError, match="offline"):
        download(ENTRY, tmp_path / "x", lambda _progress: None, threading.Event(), hub="http://127.0.0.1:9")
    with pytest.raises(DownloadError, match="https"):
        download(ENTRY, tmp_path / "x", lambda _progress: None, threading.Event(), hub="http://example.org")


def test_what_was_fetched_first_holds_from_then_on(hub: Hub, tmp_path: Path) -> None:
    pins = again(hub, tmp_path / "first")
    assert pins == marked(tmp_path / "first")
    assert again(hub, tmp_path / "second", pins=pins) == pins
    hub.files["model.safetensors"] = WEIGHTS[::-1]
    with pytest.raises(DownloadError, match="other files"):
        again(hub, tmp_path / "third", pins=pins)
    hub.commit = "b" * 40
    with pytest.raises(DownloadError, match="another version"):
        again(hub, tmp_path / "third", pins=pins)
    assert not (tmp_path / "third").exists()


def test_a_commit_and_checksums_that_the_program_knows_have_to_be_the_hubs(hub: Hub, tmp_path: Path) -> None:
    right = hashlib.sha256(WEIGHTS).hexdigest()
    assert dict(again(hub, tmp_path / "tiny", revision=hub.commit, sha256=right).commits) == {
        "someone/tiny": hub.commit
    }
    with pytest.raises(DownloadError, match="another version"):
        again(hub, tmp_path / "x", revision="c" * 40)
    with pytest.raises(DownloadError, match="not what was published"):
        again(hub, tmp_path / "x", sha256="0" * 64)
    assert not (tmp_path / "x").exists()


def test_a_hub_that_sends_more_than_it_said_or_elsewhere_unencrypted_is_not_followed(hub: Hub, tmp_path: Path) -> None:
    hub.more = bytes(3_000_000)
    with pytest.raises(DownloadError, match="longer than"):
        fetch(hub, tmp_path / "tiny")
    assert (tmp_path / "tiny" / "model.safetensors.part").stat().st_size < len(WEIGHTS) + 1_000_000
    hub.more, hub.elsewhere = b"", "http://example.org/model.safetensors"
    with pytest.raises(DownloadError, match="https"):
        fetch(hub, tmp_path / "tiny")
    hub.elsewhere = ""
    fetch(hub, tmp_path / "tiny")
    assert (tmp_path / "tiny" / "model.safetensors").read_bytes() == WEIGHTS
