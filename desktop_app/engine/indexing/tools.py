"""What a run of the indexer works with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.engine.indexing.feed import ReadFunction
from desktop_app.engine.indexing.recent_changes import RecentChanges

if TYPE_CHECKING:
    from desktop_app.engine.catalog import Catalog
    from desktop_app.engine.index import IndexStore
    from desktop_app.engine.workers.pool import WorkerPool


@dataclass(frozen=True, slots=True)
class Tools:
    """``read`` is what workers run for a file; ``recent``: what the runs before saw; ``spares``: whether to save the
    battery."""

    catalog: "Catalog"
    store: "IndexStore"
    pool: "WorkerPool"
    thumbnails: Path
    read: ReadFunction
    recent: RecentChanges
    spares: Callable[[], bool] = lambda: False
