"""What people name on the command line: items by id or path, files, folders."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.ids import ItemId
from desktop_app.errors import KnownError

if TYPE_CHECKING:
    from desktop_app.engine.library import Library


def absolute(text: str, cwd: Path) -> Path:
    """Absolute without following links. Raises KnownError for what can be no path."""
    if "\0" in text or not text:
        raise KnownError(f"{text!r} is no path.")
    return Path(os.path.normpath(cwd / Path(text).expanduser()))


def is_id(text: str) -> bool:
    """Whether it is written like an item's id."""
    return text.isascii() and text.isdigit()


def item_ids(library: "Library", words: Sequence[str], cwd: Path) -> list[ItemId]:
    """The items named, in order, each once. Raises KnownError for one that is not in the library."""
    numbers = [int(word) for word in words if is_id(word) and len(word) < 19]
    known = {int(row.id) for row in library.rows([ItemId(number) for number in numbers])}
    paths = [absolute(word, cwd) for word in words if not (is_id(word) and len(word) < 19 and int(word) in known)]
    found = library.ids_of_paths(paths)
    ids: list[ItemId] = []
    for word in words:
        if is_id(word) and len(word) < 19 and int(word) in known:
            ids.append(ItemId(int(word)))
            continue
        path = absolute(word, cwd)
        if path not in found:
            if is_id(word) and not path.exists():
                raise KnownError(f"There is no item {word} in the library.")
            raise KnownError(f"{path} is not in the library.")
        ids.append(found[path])
    return list(dict.fromkeys(ids))


def split_seeds(library: "Library", words: Sequence[str], cwd: Path) -> tuple[list[ItemId], list[Path]]:
    """Ids of the library, and files that may or may not be in it. Raises KnownError for an id that there is not."""
    ids: list[ItemId] = []
    files: list[Path] = []
    for word in words:
        path = absolute(word, cwd)
        if is_id(word) and not path.exists():
            ids.extend(item_ids(library, [word], cwd))
        else:
            files.append(path)
    return ids, files
