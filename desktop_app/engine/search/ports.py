"""What similarity search and playlists need of the catalogue and of the workers."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemPlace, ItemRow
from desktop_app.domain.reading import FileReading

Describe = Callable[[Path], FileReading]  # reads one file outside the library, in a worker


class Identified(Protocol):
    """Something that has an item's id."""

    @property
    def id(self) -> ItemId:
        """The item's."""
        ...


class SearchReader(Protocol):
    """The reads of ``CatalogReader`` that a search makes."""

    def rows(self, ids: Sequence[ItemId]) -> list[ItemRow]:
        """In the order asked; unknown ids are left out."""
        ...

    def places(self, ids: Sequence[ItemId]) -> Mapping[ItemId, ItemPlace]:
        """Where the files of these items are, or were; unknown ids are left out."""
        ...

    def items_by_paths(self, paths: Collection[Path]) -> Mapping[Path, Identified]:
        """Of those paths that are in the library."""
        ...

    def copies_of(self, ids: Sequence[ItemId]) -> NDArray[np.int64]:
        """All items with the bytes of one of these, themselves included, ascending."""
        ...

    def items_by_content(self, hashes: Collection[str]) -> Sequence[Identified]:
        """All items with these bytes."""
        ...

    def matching_ids(self, query_text: str) -> NDArray[np.int64] | None:
        """Items that match a query; None for an empty one."""
        ...

    def vectors_of_items(
        self, space: str, version: int, ids: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Ids that have a vector in the space, and those vectors, full dimension."""
        ...
