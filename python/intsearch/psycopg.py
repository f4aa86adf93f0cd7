"""psycopg 3: register(connection), then arrays and queries are parameters, and maps arrays."""

import numpy as np
from psycopg import sql
from psycopg.adapt import Buffer, Dumper, Loader
from psycopg.pq import Format
from psycopg.types import TypeInfo

from .featmap import FeatureMap, read_map, write_map
from .query import Query, query_text

NOT_THERE = "the database has no type {}: CREATE EXTENSION intsearch, then register again"


def register(connection):
    """Makes this connection read featmap as FeatureMap and featquery as Query, and send both.

    NumPy arrays of one dimension go as a featquery, of two as a real[] (several queries), of three
    and four as a featmap.
    """
    _register(connection, *(TypeInfo.fetch(connection, name) for name in ("featmap", "featquery")))


async def register_async(connection):
    """The same for an AsyncConnection."""
    _register(
        connection, *[await TypeInfo.fetch(connection, name) for name in ("featmap", "featquery")]
    )


def _register(connection, featmap, featquery):
    for name, info in (("featmap", featmap), ("featquery", featquery)):
        if info is None:
            raise LookupError(NOT_THERE.format(name))
        info.register(connection)
    adapters = connection.adapters
    for loader in (MapTextLoader, MapBinaryLoader):
        adapters.register_loader(featmap.oid, loader)
    # a query of a vector alone has another binary form than others: read its text
    adapters.register_loader(featquery.oid, QueryLoader)

    vectors = _dumper(Format.TEXT, featquery.oid, lambda value: query_text(value).encode())
    matrices = _dumper(Format.TEXT, adapters.types["float4"].array_oid, _matrix_text)
    maps = _dumper(Format.BINARY, featmap.oid, write_map)
    # the cast from bytea reads it, since a map's text form is not made here
    map_digits = _dumper(Format.TEXT, adapters.types["bytea"].oid, _map_digits)
    # the last one registered is the one that %s takes
    for kind in (np.ndarray, FeatureMap):
        adapters.register_dumper(kind, _array_dumper(Format.TEXT, vectors, matrices, map_digits))
        adapters.register_dumper(kind, _array_dumper(Format.BINARY, vectors, matrices, maps))
    adapters.register_dumper(Query, vectors)


def _dumper(sent_format, type_oid, dump_value):
    """A class of dumpers of one type and format."""

    class ValueDumper(Dumper):
        format = sent_format
        oid = type_oid

        def dump(self, value):
            return dump_value(value)

    return ValueDumper


def _array_dumper(wanted_format, vectors, matrices, maps):
    """A class of dumpers that hands an array to that of its number of dimensions."""

    class ArrayDumper(Dumper):
        format = wanted_format

        def get_key(self, value, format):
            return (self.cls, value.ndim)

        def upgrade(self, value, format):
            return {1: vectors, 2: matrices}.get(value.ndim, maps)(self.cls)

        def dump(self, value):
            raise TypeError("an array is dumped by the dumper of its number of dimensions")

    return ArrayDumper


def _map_digits(array):
    return b"\\x" + write_map(array).hex().encode()


def _matrix_text(array):
    rows = ("{" + ",".join(map(repr, row)) + "}" for row in np.asarray(array, np.float32).tolist())
    return ("{" + ",".join(rows) + "}").encode()


class MapTextLoader(Loader):
    format = Format.TEXT

    def load(self, data: Buffer):
        return read_map(bytes(data).decode())


class MapBinaryLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer):
        return read_map(data)


class QueryLoader(Loader):
    format = Format.TEXT

    def load(self, data: Buffer):
        return Query.parse(bytes(data).decode())


def copy_maps(connection, table, columns, rows):
    """Stores many rows with one COPY; returns how many.

    columns are names; rows is any iterable of rows, whose arrays of three dimensions are maps.
    table may be "schema.table". Needs no register().
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    count = 0
    with connection.cursor() as cursor:
        types = column_types(cursor, table, columns)
        with cursor.copy(statement) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(
                    [write_map(value) if isinstance(value, np.ndarray) else value for value in row]
                )
                count += 1
    return count


def column_types(cursor, table, columns):
    """The types of columns as COPY sends them: bytes for maps."""
    quoted = sql.Identifier(*table.split(".")).as_string(cursor)
    cursor.execute(
        "SELECT attname, CASE WHEN typname = 'featmap' THEN 'bytea'::regtype ELSE atttypid END::oid"
        " FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid"
        " WHERE attrelid = %s::regclass AND attnum > 0",
        (quoted,),
    )
    types = dict(cursor.fetchall())
    missing = [column for column in columns if column not in types]
    if missing:
        raise LookupError(f"table {table} has no column {missing[0]}")
    return [types[column] for column in columns]
