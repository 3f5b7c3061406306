"""All DuckDB: the catalogue is the truth. Importing the package alone loads nothing heavy."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.engine.catalog.catalog import Catalog
    from desktop_app.engine.catalog.reader import CatalogReader

__all__ = ["Catalog", "CatalogReader"]


def __getattr__(name: str) -> object:
    """Load the catalogue, and with it DuckDB, when it is first needed."""
    if name in __all__:
        from desktop_app.engine.catalog import catalog

        return getattr(catalog, name)
    raise AttributeError(name)
