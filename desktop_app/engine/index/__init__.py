"""All FAISS: indexes are caches of the catalogue's vectors.

``IndexStore`` keeps one ``SpaceIndex`` per space; ``reconcile`` brings one in line with the catalogue.
"""

from desktop_app.engine.index.reconcile import ReconcileStep, reconcile
from desktop_app.engine.index.space_index import SpaceIndex
from desktop_app.engine.index.store import IndexStore

__all__ = ["IndexStore", "ReconcileStep", "SpaceIndex", "reconcile"]
