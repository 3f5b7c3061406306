"""All FAISS: indexes are caches of the catalogue's vectors.

``IndexStore`` keeps one ``SpaceIndex`` per space; ``reconcile.reconcile`` brings one in line with the catalogue. FAISS
is loaded with the first index that is opened: it takes as long as opening everything else.
"""

from typing import TYPE_CHECKING

from desktop_app.engine.index.store import IndexStore

if TYPE_CHECKING:
    from desktop_app.engine.index.space_index import SpaceIndex

__all__ = ["IndexStore", "SpaceIndex"]


def __getattr__(name: str) -> object:
    """``SpaceIndex``, and with it FAISS, when it is first asked for."""
    if name == "SpaceIndex":
        from desktop_app.engine.index.space_index import SpaceIndex

        return SpaceIndex
    raise AttributeError(name)
