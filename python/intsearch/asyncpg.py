"""asyncpg: await register(connection), then arrays are maps as parameters and in results.

A vector is a query as it is, a list or an array of one dimension. asyncpg takes featquery for a
type of arrays, and lets nobody change how it sends those. So settings are given in SQL,
`featquery($1, aspect => 1)`, or a Query goes as its text, `$1::text::featquery` and str(query).
"""

from .featmap import read_map, write_map


async def register(connection, schema="public"):
    """Makes this connection read featmap as FeatureMap, and send arrays as featmap.

    schema is where the extension lies. Made for create_pool(init=register), too.
    """
    await connection.set_type_codec(
        "featmap", schema=schema, encoder=write_map, decoder=read_map, format="binary"
    )


async def copy_maps(connection, table, columns, rows):
    """Stores many rows with one COPY on a registered connection; returns the server's answer."""
    schema, _, name = table.rpartition(".")
    return await connection.copy_records_to_table(
        name, schema_name=schema or None, columns=columns, records=rows
    )
