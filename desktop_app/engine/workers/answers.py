"""Reading what a worker says: data only. A decoder that a hostile file has taken over must not run code in the program.

A pickle names classes and functions to call. Here it may name the classes that results are made of, and nothing else:
none that makes much of a number, as bytearray and range do. Sets need no names.
"""

import builtins
import io
import pickle
from dataclasses import is_dataclass
from enum import Enum
from importlib import import_module
from typing import Any, Final

_PLAIN: Final = frozenset((
    ("builtins", "complex"), ("builtins", "slice"),
    ("collections", "OrderedDict"), ("collections", "deque"),
    ("datetime", "date"), ("datetime", "datetime"), ("datetime", "time"), ("datetime", "timedelta"),
    ("datetime", "timezone"), ("decimal", "Decimal"), ("fractions", "Fraction"),
    ("pathlib", "Path"), ("pathlib", "PosixPath"), ("pathlib", "PurePath"), ("pathlib", "PurePosixPath"),
    ("pathlib", "PureWindowsPath"), ("pathlib", "WindowsPath"),
    ("numpy", "dtype"), ("numpy", "ndarray"), ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"), ("numpy._core.numeric", "_frombuffer"),
))  # fmt: skip
LONGEST: Final = 256 << 20
"""Bytes of an answer; what claims more is not read."""
_OUR_DATA: Final = ("desktop_app.domain.", "desktop_app.engine.", "desktop_app.errors")


class _Data(pickle.Unpickler):
    """Refuses every name but those of data, of our dataclasses and enums, and of errors."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """Raises UnpicklingError for all else."""
        if (module_name, global_name) in _PLAIN:
            return getattr(import_module(module_name), global_name)
        if "." not in global_name:
            if module_name == "builtins":
                found = getattr(builtins, global_name, None)
            else:
                ours = module_name.startswith(_OUR_DATA)
                found = getattr(import_module(module_name), global_name, None) if ours else None
            if isinstance(found, type) and _is_data(found):
                return found
        raise pickle.UnpicklingError(f"a worker's answer names {module_name}.{global_name}")


def _is_data(kind: type) -> bool:
    return issubclass(kind, Exception | Enum | tuple) or is_dataclass(kind)


def read_answer(data: bytes) -> Any:
    """What a worker pickled. Raises UnpicklingError where it is not plain data, and whatever broken data makes."""
    return _Data(io.BytesIO(data)).load()
