"""Results that are written to files: whole or not at all, and known again, since only they are written anew."""

import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from desktop_app.engine.outputs import unwritable
from desktop_app.files import replacing

if TYPE_CHECKING:
    from PIL import Image

MAP_COLUMNS = ("id", "x", "y", "path")
PAGE_HEAD = "<!doctype html><html lang=en><meta charset=utf-8><title>Akin: "
PICTURE_MARK = b"tEXtSoftware\0Akin"
"""In the pictures that we draw."""
LONGEST = 64 << 20
"""Bytes of an answer; nothing that we write is longer."""


def write_result(out: Path, data: bytes) -> None:
    """Write it beside and rename it. Raises KnownError, StorageFullError; what was there then still is."""
    try:
        with replacing(out) as part:
            part.write_bytes(data)
    except OSError as error:
        raise unwritable(out, error) from error


def png(picture: "Image.Image") -> bytes:
    """With the mark by which it is known again."""
    from PIL.PngImagePlugin import PngInfo

    marks = PngInfo()
    marks.add_text("Software", "Akin")
    buffer = BytesIO()
    picture.save(buffer, "PNG", pnginfo=marks)
    return buffer.getvalue()


def is_picture(path: Path) -> bool:
    """Whether a file is a sheet or map that we drew. Raises OSError, as all of these."""
    return PICTURE_MARK in _head(path)


def is_page(path: Path) -> bool:
    """Whether a file is a page of ours."""
    return _head(path).startswith(PAGE_HEAD.encode())


def is_map(path: Path) -> bool:
    """Whether a file is a table with the map of a space."""
    return _head(path).startswith(f"{','.join(MAP_COLUMNS)}\n".encode())


def is_answer(path: Path) -> bool:
    """Whether a file is what ``akin similar`` or ``akin colour`` answered."""
    with path.open("rb") as file:
        data = file.read(LONGEST + 1)
    try:
        document = json.loads(data) if len(data) <= LONGEST else None
    except (ValueError, RecursionError):
        return False
    if not isinstance(document, dict):
        return False
    answer = cast("dict[str, Any]", document)
    results: Any = answer["results"] if list(answer) == ["results"] else [answer]
    return isinstance(results, list) and all(
        isinstance(each, dict) and {"query", "hits"} <= each.keys() for each in cast("list[Any]", results)
    )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024)
