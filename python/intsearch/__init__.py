"""Feature maps and queries of the PostgreSQL extension intsearch, for Python's drivers and ORMs.

The modules psycopg, psycopg2, asyncpg, sqlalchemy and django each serve the library of that name.
"""

from .featmap import FeatureMap, read_map, write_map
from .query import Query

__all__ = ["FeatureMap", "Query", "read_map", "write_map"]
