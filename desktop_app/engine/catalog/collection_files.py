"""Reading an exported collection: rows of one shape, whatever the file is. What is none ends in a sentence."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from desktop_app.engine.catalog.connection import ArrowTable
from desktop_app.engine.catalog.encoding import encode_name, storable
from desktop_app.engine.catalog.exchange import ENDINGS, FORMAT, RECORD_KEY
from desktop_app.errors import KnownError, UnreadableFileError, UsageError

ROWS: Final = 1_000  # at a time
LONGEST_LINE: Final = 32 << 20  # characters of a JSON row
MOST_WHOLE: Final = 256 << 20  # bytes of a JSON file that is not written a row a line
MOST_TAGS: Final = 10_000  # of an item
LONGEST: Final = 10_000  # characters of a path, tag or name

FAULTS: Final = (OSError, pa.ArrowException, ValueError, RecursionError, TypeError, AttributeError, KeyError)
"""What reading something else than a collection comes to."""

SAID: Final = pa.schema(
    [
        ("path", pa.string()),
        ("content_hash", pa.string()),
        ("payload_hash", pa.string()),
        ("rating", pa.uint8()),
        ("tags", pa.list_(pa.string())),
        ("playlists", pa.list_(pa.struct([("name", pa.string()), ("position", pa.int64())]))),
    ]
)
"""What people said of an item, and what it is known by."""


@dataclass(frozen=True, slots=True)
class SpaceShape:
    """Of a space whose vectors are in the file: dtype "f2" or "u1"; dim 0: of varying length."""

    version: int
    dtype: str
    dim: int


@dataclass(frozen=True, slots=True)
class CollectionRecord:
    """What the file says besides its rows; empty where another program wrote it."""

    spaces: Mapping[str, SpaceShape]
    playlists: tuple[str, ...]


class CollectionFile:
    """Raises UnreadableFileError, with the sentence, for a file that is no collection."""

    def __init__(self, path: Path) -> None:
        ending = path.suffix.lower()
        if ending not in ENDINGS:
            raise UsageError("What can be imported is a .parquet or a .json file.")
        self._path = path
        self._is_json = ending == ".json"
        try:
            self.bytes = path.stat().st_size
            self.record = _json_record(path) if self._is_json else _parquet_record(path)
        except FAULTS as error:
            raise self._no_collection(error) from error

    def said(self) -> Iterator[ArrowTable]:
        """All rows as tables of the schema ``SAID``."""
        return self._reading(lambda: (_said(rows) for rows in self._rows(SAID.names)))

    def vectors(self, space: str, wanted: Collection[str]) -> Iterator[tuple[list[str], list[list[float]]]]:
        """Of the wanted payloads, hashes and vectors of a space, as numbers, of those rows that have one."""
        column = f"vector_{space}"

        def read() -> Iterator[tuple[list[str], list[list[float]]]]:
            for rows in self._rows(["payload_hash", column], wanted) if wanted else ():
                having = [row for row in rows if row.get(column) and row.get("payload_hash") in wanted]
                yield [row["payload_hash"] for row in having], [row[column] for row in having]

        return self._reading(read)

    def _rows(self, names: Sequence[str], wanted: Collection[str] | None = None) -> Iterator[list[Mapping[str, Any]]]:
        return _json_rows(self._path) if self._is_json else _parquet_rows(self._path, names, wanted)

    def _reading(self, read: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        try:
            yield from read()
        except FAULTS as error:
            raise self._no_collection(error) from error

    def _no_collection(self, error: Exception) -> UnreadableFileError:
        if isinstance(error, OSError) and error.errno:
            return UnreadableFileError(f"{self._path} can't be read: {(error.strerror or str(error)).lower()}.")
        return UnreadableFileError(
            f"{self._path.name} is no collection that Akin exported, or it is damaged. Nothing was changed."
        )


def check_place(path: Path) -> None:
    """Whether an export may be written there: not over what no export has written. Raises KnownError."""
    if path.suffix.lower() in ENDINGS and path.exists() and not _is_export(path):
        raise KnownError(f"There is another file at {path}, no export of Akin: choose another name.")


def _is_export(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        document = _json_document(path) if path.suffix.lower() == ".json" else _parquet_document(path)
    except FAULTS:
        return False
    return isinstance(document, dict) and "format" in document


def _parquet_record(path: Path) -> CollectionRecord:
    return _record(_parquet_document(path) or {})


def _parquet_document(path: Path) -> Any:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        if "path" not in schema.names and "content_hash" not in schema.names:
            raise ValueError("no items in it")
        text = (schema.metadata or {}).get(RECORD_KEY)
    return json.loads(text) if text else None


def _parquet_rows(
    path: Path, names: Sequence[str], payloads: Collection[str] | None
) -> Iterator[list[Mapping[str, Any]]]:
    """``payloads``: of these only, since making Python's numbers of vectors is what takes the time."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, pre_buffer=False) as file:  # else all that is asked for is read at once: gigabytes
        wanted = [name for name in names if name in file.schema_arrow.names]
        for batch in file.iter_batches(ROWS, columns=wanted):
            if payloads is None:
                yield batch.to_pylist()
            else:
                mask = [each in payloads for each in batch["payload_hash"].to_pylist()]
                yield batch.filter(pa.array(mask, pa.bool_())).to_pylist()


def _json_record(path: Path) -> CollectionRecord:
    return _record(_json_document(path) or {})


def _json_document(path: Path) -> Any:
    first = next(_json_rows(path), None)
    return first[0].get("collection") if first else {"format": FORMAT}  # of an empty library: an empty list


def _json_rows(path: Path) -> Iterator[list[Mapping[str, Any]]]:
    """A row a line, as they are written here; else all at once, where that is not too much."""
    with path.open(encoding="utf-8") as file:
        by_line = file.readline(LONGEST_LINE).strip() == "["
        started = ended = False
        rows: list[Mapping[str, Any]] = []
        while by_line and not ended and (line := file.readline(LONGEST_LINE)):
            text = line.strip().removesuffix(",")
            ended = text == "]"
            if ended or not text:
                continue
            try:
                rows.append(_row(json.loads(text)))
            except ValueError:
                if started:
                    raise
                by_line = False
            if len(rows) == ROWS:
                yield rows
                started, rows = True, []
    if by_line:
        if not ended:
            raise ValueError("cut short")
        if rows:
            yield rows
        return
    if path.stat().st_size > MOST_WHOLE:
        raise ValueError("too large to be read at once")
    document = json.loads(path.read_text("utf-8"))
    if not isinstance(document, list):
        raise ValueError("no list of items")
    for start in range(0, len(document), ROWS):
        yield [_row(each) for each in document[start : start + ROWS]]


def _row(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("not an item")
    return value


def _said(rows: Sequence[Mapping[str, Any]]) -> ArrowTable:
    """Rows as a table of the schema ``SAID``. Raises ValueError for what can't be said of an item."""
    kept = [row for row in rows if "path" in row or "content_hash" in row]
    if len(kept) < len([row for row in rows if set(row) != {"collection"}]):
        raise ValueError("rows that are no items")
    columns: dict[str, list[Any]] = {name: [] for name in SAID.names}
    for row in kept:
        columns["path"].append(None if row.get("path") is None else encode_name(_text(row["path"])))
        for name in ("content_hash", "payload_hash"):
            columns[name].append(None if row.get(name) is None else _text(row[name]))
        rating = row.get("rating") or 0
        if isinstance(rating, bool) or not isinstance(rating, int) or not 0 <= rating <= 5:
            raise ValueError("a rating that is none")
        columns["rating"].append(rating)
        columns["tags"].append([name for tag in _several(row.get("tags")) if (name := storable(_text(tag)))])
        columns["playlists"].append([_place(each) for each in _several(row.get("playlists"))])
    return pa.table(columns, SAID)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise ValueError("not a text")
    return value


def _several(value: object) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MOST_TAGS:
        raise ValueError("not a list")
    return value


def _place(value: object) -> dict[str, object]:
    if not isinstance(value, dict) or not isinstance(value.get("position"), int):
        raise ValueError("not a place in a playlist")
    name = storable(_text(value.get("name")))
    if name is None or not -(2**62) < value["position"] < 2**62:
        raise ValueError("not a place in a playlist")
    return {"name": name, "position": value["position"]}


def _record(document: Any) -> CollectionRecord:
    if not isinstance(document, dict):
        raise ValueError("not a record of a collection")
    if isinstance(document.get("format"), int) and document["format"] > FORMAT:
        raise UnreadableFileError("This collection was exported by a newer Akin. Update Akin to import it.")
    spaces: dict[str, SpaceShape] = {}
    for name, shape in (document.get("spaces") or {}).items():
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", _text(name)):
            raise ValueError("not the name of a space")
        found = SpaceShape(int(shape["version"]), str(shape["dtype"]), int(shape["dim"]))
        if found.dtype in ("f2", "u1") and 0 <= found.version < 2**31 and 0 <= found.dim <= 65_536:
            spaces[name] = found
    names = [storable(_text(each)) for each in _several(document.get("playlists"))]
    return CollectionRecord(spaces, tuple(name for name in names if name))
