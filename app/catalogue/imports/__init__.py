"""Importing a real catalogue: read and staged whole, then applied in small units.

Nothing is applied unless every row can be. Applied is only what changed since the last import, so
that a second run does nothing, and a run that was killed is ended by the next.
"""

from app.catalogue.imports.applying import Report, import_products
from app.catalogue.imports.mapping import ColumnMap, read_map
from app.catalogue.imports.reading import FileRefused
from app.catalogue.imports.rows import RowFault

__all__ = ["ColumnMap", "FileRefused", "Report", "RowFault", "import_products", "read_map"]
