"""psycopg2: register(connection), then arrays and queries are parameters, and maps arrays."""

import numpy as np
from psycopg2 import extensions

from .featmap import FeatureMap, read_map, write_map
from .query import Query, query_text


class _Literal:
    """The SQL of a value."""

    def __init__(self, value):
        self.value = value

    def getquoted(self):
        return self.sql().encode()


class _ArrayLiteral(_Literal):
    def sql(self):
        if self.value.ndim == 1:
            return f"'{query_text(self.value)}'::featquery"
        if self.value.ndim == 2:
            rows = ",".join(
                "{" + ",".join(map(repr, row)) + "}"
                for row in self.value.astype(np.float32).tolist()
            )
            return "'{" + rows + "}'::real[]"
        return f"'\\x{write_map(self.value).hex()}'::bytea::featmap"


class _QueryLiteral(_Literal):
    def sql(self):
        return "'" + str(self.value).replace("'", "''") + "'::featquery"


def register(connection):
    """Makes this connection read featmap as FeatureMap and featquery as Query.

    psycopg2 knows parameters by their Python types alone: that arrays and queries may be sent holds
    for all connections. Arrays of one dimension go as a featquery, of two as a real[] (several
    queries), of three and four as a featmap.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid, typname FROM pg_type"
            " WHERE oid IN (to_regtype('featmap'), to_regtype('featquery'))"
        )
        oids = {name: oid for oid, name in cursor.fetchall()}
    if len(oids) < 2:
        raise LookupError(
            "the database has no type featmap: CREATE EXTENSION intsearch, then register again"
        )
    readers = {"featmap": read_map, "featquery": Query.parse}
    for name, read in readers.items():
        typecaster = extensions.new_type(
            (oids[name],),
            name,
            lambda text, cursor, read=read: None if text is None else read(text),
        )
        extensions.register_type(typecaster, connection)
    extensions.register_adapter(np.ndarray, _ArrayLiteral)
    extensions.register_adapter(FeatureMap, _ArrayLiteral)
    extensions.register_adapter(Query, _QueryLiteral)
