"""The local socket and the request server: one user's JSON lines, everything else is dropped."""

import errno
import json
import multiprocessing
import socket
import stat
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from desktop_app.domain.progress import Phase, Progress
from desktop_app.engine import local_socket, request_server
from desktop_app.engine.request_server import CommandReply, RequestServer, ask, hand_over
from desktop_app.errors import LibraryUnavailableError
from desktop_app.paths import Profile

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a Unix socket")

NOBODY: Any = object()


def handler(argv: list[str], cwd: Path, _access: Any, on_progress: Callable[[Progress], None]) -> CommandReply:
    on_progress(Progress(Phase.READING, 1, 2, current=Path("/a/\udcff.jpg")))
    on_progress(Progress(Phase.SAVING))
    if argv == ["fail"]:
        raise OSError("gone")
    return CommandReply(3, f"{argv} {cwd}", "A sentence.\n")


@pytest.fixture
def address(tmp_path: Path) -> str:
    return str(tmp_path / "s.sock")


@pytest.fixture
def received() -> list[tuple[Path, ...]]:
    return []


@pytest.fixture
def server(address: str, received: list[tuple[Path, ...]]) -> Iterator[RequestServer]:
    made = RequestServer(address, handler, NOBODY, on_files=received.append)
    made.start()
    yield made
    made.close()
    made.join(5)


def test_a_command_is_answered(server: RequestServer, address: str) -> None:
    seen: list[Progress] = []
    reply = ask(address, ["a", "b\udcff"], Path("/here"), seen.append)
    assert reply == CommandReply(3, "['a', 'b\\udcff'] /here", "A sentence.\n")
    assert seen == [Progress(Phase.READING, 1, 2, current=Path("/a/\udcff.jpg")), Progress(Phase.SAVING)]


def test_files_are_handed_over(server: RequestServer, address: str, received: list[tuple[Path, ...]]) -> None:
    assert hand_over(address, [Path("/a.jpg"), Path("/b.jpg")])
    assert hand_over(address, [])
    assert received == [(Path("/a.jpg"), Path("/b.jpg")), ()]


def test_nobody_there(address: str) -> None:
    assert ask(address, [], Path("/"), lambda _: None) is None
    assert not hand_over(address, [])


def test_only_the_user_may_connect(server: RequestServer, address: str) -> None:
    assert stat.S_IMODE(Path(address).stat().st_mode) == 0o600


def test_a_socket_left_by_a_dead_process_is_replaced(address: str) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(address)
    left.close()
    assert ask(address, [], Path("/"), lambda _: None) is None
    made = RequestServer(address, handler, NOBODY)
    made.start()
    assert ask(address, ["x"], Path("/"), lambda _: None) is not None
    assert not hand_over(address, [])
    made.close()
    made.close()
    assert not Path(address).exists()


@pytest.mark.parametrize(
    "data",
    [
        b"garbage\n",
        b"[1]\n",
        b'{"argv": 5, "cwd": "/"}\n',
        b'{"argv": []}\n',
        b'{"open": [1]}\n',
        b"\xff\xfe\n",
        b"x" * 3000,
        b"[" * 2500 + b"\n",
    ],
)
def test_garbage_is_dropped(server: RequestServer, address: str, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_socket, "MAX_BYTES", 2600)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(address)
        client.sendall(data)
        assert client.recv(10) == b""
    assert ask(address, ["x"], Path("/"), lambda _: None) is not None


def test_the_slow_are_dropped(server: RequestServer, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_server, "REQUEST_SECONDS", 0.5)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(address)
        client.sendall(b'{"argv"')
        assert client.recv(10) == b""


def test_a_holder_that_ends_meanwhile_is_said(address: str, server: RequestServer) -> None:
    with pytest.raises(LibraryUnavailableError):
        ask(address, ["fail"], Path("/"), lambda _: None)


def test_a_holder_that_talks_nonsense_is_said(address: str) -> None:
    listener = local_socket.UnixListener(address)

    def talk() -> None:
        channel = listener.accept()
        assert channel is not None
        channel.receive(5)
        channel.send({"what": 1})
        channel.close()

    thread = threading.Thread(target=talk)
    thread.start()
    with pytest.raises(LibraryUnavailableError):
        ask(address, [], Path("/"), lambda _: None)
    thread.join()
    thread = threading.Thread(target=talk)
    thread.start()
    assert not hand_over(address, [])
    thread.join()
    listener.close()


def test_other_users_are_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = local_socket.UnixListener(address)
    monkeypatch.setattr(local_socket, "_same_user", lambda _connection: False)
    assert local_socket.connect(address) is None
    assert listener.accept() is None
    listener.close()


def test_lines_are_json(address: str, server: RequestServer) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(address)
        client.sendall(json.dumps({"argv": ["a"], "cwd": "/"}).encode() + b"\n")
        lines = b""
        while chunk := client.recv(4096):
            lines += chunk
    assert [next(iter(json.loads(line))) for line in lines.splitlines()] == ["progress", "progress", "reply"]


def test_long_answers_arrive_whole(address: str) -> None:
    long = "é" * (3 * local_socket.MAX_BYTES)
    made = RequestServer(address, lambda *_: CommandReply(0, long), NOBODY)
    made.start()
    reply = ask(address, ["list"], Path("/"), lambda _: None)
    assert reply is not None and reply.output == long
    made.close()
    made.join(5)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name, as a test's own folder may not."""
    with tempfile.TemporaryDirectory(prefix="akin-") as folder:
        yield Path(folder)


def test_the_address_is_said_in_a_file(tmp_path: Path, short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program of the user may see other runtime and temporary folders."""
    profile = Profile.at(tmp_path / "profile")
    profile.make()
    made = RequestServer(profile.socket_path, handler, NOBODY, note=profile.address_path)
    made.start()
    try:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
        assert profile.address != profile.socket_path
        assert ask(profile.address, ["x"], Path("/"), lambda _: None) is not None
        copy = Profile.at(tmp_path / "copy")
        copy.make()
        copy.address_path.write_text(profile.address_path.read_text())
        assert copy.address == copy.socket_path
    finally:
        made.close()
        made.join(5)
    assert profile.address == profile.socket_path


def test_the_window_answers_no_commands(address: str, received: list[tuple[Path, ...]]) -> None:
    """Its door is open also while no library is."""
    door = RequestServer(address, None, None, on_files=received.append)
    door.start()
    try:
        with pytest.raises(LibraryUnavailableError):
            ask(address, ["stats"], Path("/"), lambda _: None)
        assert hand_over(address, [Path("/a.jpg")]) and received == [(Path("/a.jpg"),)]
    finally:
        door.close()
        door.join(5)


def test_slow_clients_do_not_turn_others_away(
    server: RequestServer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes while all places are taken by those who say nothing is answered after these."""
    monkeypatch.setattr(request_server, "REQUEST_SECONDS", 1.0)
    slow = [socket.socket(socket.AF_UNIX) for _each in range(request_server.CONNECTIONS)]
    try:
        for client in slow:
            client.connect(address)
            client.sendall(b'{"argv": [')
        assert ask(address, ["x"], Path("/"), lambda _: None) is not None
        for client in slow:
            client.settimeout(10)
            assert client.recv(1) == b""
    finally:
        for client in slow:
            client.close()


def test_a_flood_is_cut_off(server: RequestServer, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more of it is kept than a request may be long."""
    monkeypatch.setattr(local_socket, "MAX_BYTES", 100_000)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(address)
        with pytest.raises(OSError):
            for _each in range(1_000):
                client.sendall(b"x" * 100_000)
    assert ask(address, ["x"], Path("/"), lambda _: None) is not None


def test_messages_over_a_pipe() -> None:
    """As on Windows, where a named pipe is the way."""
    ours, theirs = multiprocessing.Pipe()
    here, there = local_socket.PipeChannel(ours), local_socket.PipeChannel(theirs, limit=1_000)
    here.send({"argv": ["é", "b\udcff"]})
    assert there.receive(5) == {"argv": ["é", "b\udcff"]}
    ours.send_bytes(b"[1]")
    with pytest.raises(ValueError, match="an object"):
        there.receive(5)
    with pytest.raises(TimeoutError):
        there.receive(0.01)
    here.send({"argv": ["x" * 2_000]})
    with pytest.raises(OSError):
        there.receive(5)
    here.close()
    there.close()
    ours, theirs = multiprocessing.Pipe()
    ours.close()
    assert local_socket.PipeChannel(theirs).receive(5) is None
    theirs.close()


@pytest.mark.skipif(sys.platform != "linux", reason="SO_PEERCRED")
def test_the_system_says_who_connects(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = local_socket.UnixListener(address)
    client = socket.socket(socket.AF_UNIX)
    client.connect(address)
    monkeypatch.setattr("os.getuid", lambda: 4_242_424)  # whoever connects, unless root, is then another
    expected = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    assert local_socket._same_user(client) is (struct.unpack("3i", expected)[1] == 0)
    client.close()
    listener.close()


def test_connections_that_cannot_be_accepted_cost_nothing(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """The program has too many files open: it is tried again now and then, not all the time."""
    pauses: list[float] = []

    class Refusing:
        """Fails three times, then is closed."""

        def accept(self) -> None:
            if len(pauses) < 3:
                raise OSError(errno.EMFILE, "Too many open files")
            done.set()
            closed.wait(20)

        def close(self) -> None:
            closed.set()

    done, closed = threading.Event(), threading.Event()
    monkeypatch.setattr(request_server, "listen", lambda _address: Refusing())
    monkeypatch.setattr(request_server, "time", SimpleNamespace(sleep=pauses.append, monotonic=time.monotonic))
    server = RequestServer(address, handler, NOBODY)
    server.start()
    try:
        assert done.wait(5)
        assert pauses == [request_server.PAUSE] * 3
    finally:
        pauses.extend([0.0] * 3)
        server.close()
