"""Lines of JSON between processes of one user: a Unix socket, on Windows a named pipe. Never pickle."""

import contextlib
import json
import os
import socket
import struct
import sys
import time
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any, Protocol

MAX_BYTES = 4 * 1024 * 1024
"""Of one request; more is garbage."""
MAX_REPLY_BYTES = 1024 * 1024 * 1024
"""Of one answer: the list of a whole library is long."""
CONNECT_SECONDS = 2.0
_SOL_LOCAL, _LOCAL_PEERCRED = 0, 1  # of macOS; Python names neither


class Channel(Protocol):
    """One connection."""

    def send(self, message: dict[str, Any]) -> None:
        """Raises OSError where the other side is gone."""
        ...

    def receive(self, timeout: float | None) -> dict[str, Any] | None:
        """The next message, None at the end. Raises OSError (TimeoutError) or ValueError for garbage."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


def _decoded(line: bytes) -> dict[str, Any]:
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("a message is an object")
    return message


class SocketChannel:
    """Over a Unix socket, one message a line."""

    def __init__(self, connection: socket.socket, limit: int = MAX_BYTES) -> None:
        self._socket = connection
        self._limit = limit
        self._buffer = bytearray()

    def send(self, message: dict[str, Any]) -> None:
        """Send one line."""
        self._socket.settimeout(30.0)
        self._socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, timeout: float | None) -> dict[str, Any] | None:
        """Read one line; the whole of it has to come in time."""
        end = None if timeout is None else time.monotonic() + timeout
        searched = 0
        while (at := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            self._socket.settimeout(None if end is None else max(0.001, end - time.monotonic()))
            chunk = self._socket.recv(1 << 20)
            if not chunk:
                return None
            self._buffer += chunk
            if len(self._buffer) > self._limit:
                raise ValueError("the message is too long")
            if end is not None and time.monotonic() > end:
                raise TimeoutError("the message came too slowly")
        line = bytes(self._buffer[:at])
        del self._buffer[: at + 1]
        return _decoded(line)

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class PipeChannel:
    """Over a named pipe of Windows, one message a write."""

    def __init__(self, connection: "Connection[Any, Any]", limit: int = MAX_BYTES) -> None:
        self._connection = connection
        self._limit = limit

    def send(self, message: dict[str, Any]) -> None:
        """Send one message."""
        self._connection.send_bytes(json.dumps(message).encode())

    def receive(self, timeout: float | None) -> dict[str, Any] | None:
        """Read one message."""
        try:
            if not self._connection.poll(timeout):
                raise TimeoutError("the message came too slowly")
            return _decoded(self._connection.recv_bytes(self._limit))
        except (EOFError, BrokenPipeError):
            return None

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class UnixListener:
    """Listens on a socket file that only its user may use; a file left by a dead process is replaced."""

    def __init__(self, address: str) -> None:
        self._address = address
        Path(address).unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.bind(address)
            Path(address).chmod(0o600)
            self._socket.listen(16)
        except OSError:
            self._socket.close()
            raise

    def accept(self) -> Channel | None:
        """The next connection of the same user; None for anybody else's. Raises OSError once closed."""
        connection, _ = self._socket.accept()
        if not _same_user(connection):
            connection.close()
            return None
        return SocketChannel(connection)

    def close(self) -> None:
        """Stop listening; ``accept`` ends."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        Path(self._address).unlink(missing_ok=True)


class PipeListener:
    """Listens on a named pipe of Windows, which is open to its user only."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._listener = Listener(address, "AF_PIPE")
        self._closed = False

    def accept(self) -> Channel | None:
        """The next connection. Raises OSError once closed."""
        connection = self._listener.accept()
        if self._closed:
            connection.close()
            raise OSError("closed")
        return PipeChannel(connection)

    def close(self) -> None:
        """Stop listening; ``accept`` is woken by a last connection of our own."""
        self._closed = True
        with contextlib.suppress(OSError):
            Client(self._address, "AF_PIPE").close()
        self._listener.close()


def listen(address: str) -> UnixListener | PipeListener:
    """Raises OSError where the address can't be had."""
    return PipeListener(address) if sys.platform == "win32" else UnixListener(address)


def connect(address: str) -> Channel | None:
    """The running program, None where nobody answers."""
    try:
        if sys.platform == "win32":
            return PipeChannel(Client(address, "AF_PIPE"), MAX_REPLY_BYTES)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(CONNECT_SECONDS)
            connection.connect(address)
            if not _same_user(connection):
                raise OSError("another user's socket")
        except OSError:
            connection.close()
            raise
        return SocketChannel(connection, MAX_REPLY_BYTES)
    except OSError:
        return None


def _same_user(connection: socket.socket) -> bool:
    """Where the system tells (Linux, macOS); elsewhere the file's permissions decide."""
    if sys.platform == "linux":
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        _process, user, _group = struct.unpack("3i", credentials)
    elif sys.platform == "darwin":
        credentials = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, 76)  # struct xucred
        _version, user = struct.unpack_from("2I", credentials)
    else:
        return True
    return user in (os.getuid(), 0)
