"""Brings the catalogue and the indexes in line with what lies in the watched folders."""

from desktop_app.engine.indexing.run import Indexer

__all__ = ["Indexer"]
