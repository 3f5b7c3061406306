"""What a request compares with: files and items, each with its vectors."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import Kind
from desktop_app.domain.reading import Vector
from desktop_app.domain.spaces import Metric
from desktop_app.engine.search.fusion import Fusion
from desktop_app.engine.search.ports import Describe, SearchReader
from desktop_app.engine.search.stored import stored_vectors
from desktop_app.errors import KnownError, UnreadableFileError

if TYPE_CHECKING:  # FAISS is loaded with the first index, not with the library
    from desktop_app.engine.index.store import IndexStore


@dataclass(frozen=True, slots=True)
class Query:
    """One file to compare with; ``id`` and ``row`` where it is in the library."""

    path: Path
    kind: Kind
    vectors: Mapping[str, Vector]
    id: ItemId | None = None
    content_hash: str | None = None
    row: ItemRow | None = None


@dataclass(slots=True)
class Resolved:
    """All that could be used, in the order given, what could not with its sentence, and the time it took."""

    queries: list[Query] = field(default_factory=list[Query])
    unreadable: dict[Path, str] = field(default_factory=dict[Path, str])
    read_seconds: float = 0.0
    describe_seconds: float = 0.0

    def kind(self) -> Kind:
        """The one kind of all queries; KnownError where they are mixed, UnreadableFileError where there is none."""
        if not self.queries:
            raise UnreadableFileError(
                " ".join(dict.fromkeys(self.unreadable.values())) or "There is nothing to compare."
            )
        kinds = {query.kind for query in self.queries}
        if len(kinds) > 1:
            raise KnownError("Photos and tracks can't be compared with each other. Choose files of one kind.")
        return kinds.pop()


def resolve(
    reader: SearchReader,
    store: "IndexStore",
    fusion: Fusion,
    *,
    files: Sequence[Path],
    items: Sequence[ItemId],
    describe: Describe | None,
) -> Resolved:
    """Find each file or item and its vectors: stored ones for what is in the library, else a reading of the file.

    KnownError for an id that there is not. A file named twice counts once.
    """
    found = Resolved()
    started = time.perf_counter()
    paths = list(dict.fromkeys(Path(os.path.abspath(path)) for path in files))  # noqa: PTH100 (no symlinks followed)
    real = {path: Path(os.path.realpath(path)) for path in paths}
    known = reader.items_by_paths(list(dict.fromkeys([*paths, *real.values()]))) if paths else {}
    found_at = {path: known.get(path, known.get(real[path])) for path in paths}
    ids = {path: item.id if item is not None else None for path, item in found_at.items()}
    inside = list(dict.fromkeys([*items, *(item for item in ids.values() if item is not None)]))
    rows = {row.id: row for row in reader.rows(inside)} if inside else {}
    for item in items:
        if item not in rows:
            raise KnownError(f"There is no item {item} in the library.")
    searchable = [spec for spec in fusion.specs.values() if spec.metric is not Metric.NONE]
    vectors = stored_vectors(reader, store, searchable, list(rows.values()))
    found.read_seconds = time.perf_counter() - started
    wanted: list[tuple[Path, ItemId | None]] = [(rows[item].path, item) for item in items]
    wanted += [(path, item if item in rows else None) for path, item in ids.items()]
    taken: set[ItemId] = set()
    for path, item in wanted:
        if item is not None:
            if item in taken:
                continue
            taken.add(item)
            if vectors[item]:
                row = rows[item]
                found.queries.append(Query(row.path, row.kind, vectors[item], item, row.content_hash, row))
                continue
        _describe_into(found, path, rows[item] if item is not None else None, describe)
    return found


def _describe_into(found: Resolved, path: Path, row: ItemRow | None, describe: Describe | None) -> None:
    """Read a file that has no stored vectors, and keep the query or the reason why there is none."""
    started = time.perf_counter()
    try:
        if describe is None:
            raise UnreadableFileError(f"“{path.name}” is not in the library.")
        reading = describe(path)
        if reading.problem is not None or not reading.vectors:
            raise UnreadableFileError(reading.problem or f"“{path.name}” can't be described.")
        item = row.id if row is not None else None
        found.queries.append(Query(path, reading.kind, reading.vectors, item, reading.content_hash, row))
    except KnownError as error:
        found.unreadable[path] = (row.reason if row is not None else None) or error.user_text
    finally:
        found.describe_seconds += time.perf_counter() - started
