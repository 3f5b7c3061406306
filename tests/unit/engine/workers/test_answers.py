"""What a worker may say: data. Whatever else its pickle names is not called."""

import datetime
import os
import pickle
import subprocess
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures.readings import photo

from desktop_app.domain.kinds import Kind
from desktop_app.engine.trash import put_back
from desktop_app.engine.workers.answers import read_answer
from desktop_app.errors import UnreadableFileError


def sent(value: object) -> Any:
    return read_answer(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))


def test_data_comes_through() -> None:
    arrays = [np.arange(6, dtype=np.float32).reshape(2, 3), np.zeros((0, 4), np.uint8), np.array(["a"]), np.float32(1)]
    for array in arrays:
        back = sent(array)
        assert back.dtype == array.dtype and np.array_equal(back, array)
    plain = [
        1, 1.5, "text", b"bytes", None, True, (1, [2, {"three": {4}}]), frozenset((1,)), Path("/a/b"), deque([1]),
        datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), Kind.PHOTO, photo("x"), slice(1, 2),
    ]  # fmt: skip
    assert sent(plain) == plain


def test_errors_come_through() -> None:
    error = UnreadableFileError("It can't be read.")
    error.add_note("In a worker process")
    back = sent(error)
    assert (type(back), str(back), back.__notes__) == (UnreadableFileError, str(error), ["In a worker process"])
    assert isinstance(sent(MemoryError()), MemoryError) and isinstance(sent(OSError(2, "no", "x")), FileNotFoundError)


class Calls:
    """Pickles as a call."""

    def __init__(self, function: Any, *args: object) -> None:
        self._call = function, args

    def __reduce__(self) -> Any:
        return self._call


@pytest.mark.parametrize(
    "call",
    [
        Calls(os.unlink, "/nowhere"),
        Calls(subprocess.Popen, ["true"]),
        Calls(eval, "1"),
        Calls(exec, ""),
        Calls(getattr, 1, "real"),
        Calls(__import__, "os"),
        Calls(type, "X", (), {}),
        Calls(put_back, Path("/a"), Path("/b")),
        Calls(open, "/dev/null"),
        Calls(bytearray, 1 << 40),
        Calls(range, 1 << 40),
        Calls(set, "ab"),
    ],
)
def test_calls_are_refused(call: Calls) -> None:
    with pytest.raises(pickle.UnpicklingError, match="a worker's answer names"):
        sent((1, True, call, False))


@pytest.mark.parametrize("name", [b"cdesktop_app.engine.trash\nput_back\n.", b"cdesktop_app.domain.kinds\nKind.mro\n."])
def test_functions_of_ours_and_attributes_are_refused(name: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError):
        read_answer(name)
