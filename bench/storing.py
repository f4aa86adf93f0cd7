"""Construction, loading, size."""

import time

import numpy as np

import maps
from database import make_table, milliseconds_a_row, npy, value
from ratios import a_at_most, at_most, interleave


def measure_construction(bench):
    bench.table.announce("construction")
    rows = min(len(bench.crops), 100)
    for bits in (8, 16):
        # The result's size, so that nothing is stored but all is made.
        construct = (
            f"SELECT sum(pg_column_size(featmap_from_npy(npy, bits => {bits}))) FROM crops WHERE id < {rows}"
        )
        read = f"SELECT sum(get_byte(npy, octet_length(npy) - 1)) FROM crops WHERE id < {rows}"
        a, b = interleave(
            bench.rounds,
            lambda: milliseconds_a_row(bench.session, construct, rows, repeats=1),
            lambda: milliseconds_a_row(bench.session, read, rows, repeats=1),
        )
        target = a_at_most(3, "ms", 1) if bits == 8 else None
        bench.table.ratio(
            f"construction at {bits} bits, 18 x 16 x 512, float16",
            "featmap_from_npy",
            a,
            "reading the .npy",
            b,
            "ms a map",
            target,
        )


def load(session, name, columns, insert, rows):
    """Seconds that it takes to fill an empty table."""
    make_table(session, name, columns, None)
    start = time.perf_counter()
    insert(session, name, rows)
    return time.perf_counter() - start


def copy_featmaps(session, name, rows):
    with session.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN (FORMAT binary)") as copy:
        for block in rows:
            copy.write(block)


def copy_npy(session, name, rows):
    with session.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["bytea"])
        for row in rows:
            copy.write_row(row)


def insert_npy(session, name, rows):
    with session.transaction(), session.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {name} VALUES (featmap_from_npy(%b))", rows)


def insert_bytes(session, name, rows):
    with session.transaction(), session.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {name} VALUES (%b)", rows)


def copied_out(session, query):
    with session.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as copy:
        return [bytes(block) for block in copy]


def measure_loading(bench):
    """A program loads maps, against its loading the same bytes into a column of type bytea."""
    session, count = bench.session, min(len(bench.crops), 300)
    rounds = min(bench.rounds, 3 if bench.quick else 5)
    arrays = [(npy(values),) for values in bench.crops[:count]]
    featmaps = copied_out(session, f"SELECT features FROM crops_maps LIMIT {count}")
    same_bytes = copied_out(session, f"SELECT featmap_send(features) FROM crops_maps LIMIT {count}")
    ways = (
        ("INSERT ... featmap_from_npy", insert_npy, arrays, insert_bytes, arrays, sum(len(row[0]) for row in arrays)),
        ("COPY BINARY of .npy files", copy_npy, arrays, copy_npy, arrays, sum(len(row[0]) for row in arrays)),
        ("COPY BINARY of featmaps", copy_featmaps, featmaps, copy_featmaps, same_bytes, sum(map(len, featmaps))),
    )
    for name, insert, rows, insert_same, same, size in ways:
        bench.table.announce(f"loading: {name}")
        a, b = interleave(
            rounds,
            lambda: 1000 * load(session, "loaded", "features featmap", insert, rows) / count,
            lambda: 1000 * load(session, "loaded_bytes", "bytes bytea", insert_same, same) / count,
        )
        elapsed = np.median(a) / 1000
        rate = f"{1 / elapsed:,.0f} maps/s, {size / count / elapsed / 1e6:,.0f} MB/s"
        bench.table.ratio(f"loading {count} maps, {rate}", name, a, "the same bytes as bytea", b, "ms a map")
    session.execute("DROP TABLE loaded, loaded_bytes")


def sizes(session, table):
    return [row[0] / 1000 for row in session.execute(f"SELECT pg_column_size(features) FROM {table}").fetchall()]


def measure_size(bench):
    bench.table.announce("storage")
    session = bench.session
    codes = bench.crops[0].size / 1000
    for bits, table in ((8, "crops_maps"), (16, "crops_maps_16")):
        stored = sizes(session, table)
        target = a_at_most(56, "KB", 48) if bits == 8 else None
        bench.table.ratio(
            f"storage at {bits} bits, 18 x 16 x 512",
            "stored",
            stored,
            "its codes",
            [codes * bits / 8] * len(stored),
            "KB a map",
            target,
        )
    eight = sizes(session, "crops_maps")
    sixteen = sizes(session, "crops_maps_16")
    bench.table.ratio("bits: storage, 18 x 16 x 512", "16 bits", sixteen, "8 bits", eight, "KB a map")

    table_size = value(session, "SELECT pg_total_relation_size('crops_maps')") / 1000 / len(eight)
    bench.table.ratio(
        "table on disk, with TOAST and its index", "table", [table_size], "stored values", [np.mean(eight)], "KB a map"
    )

    signed = maps.make_signed_map(0, *bench.crops[0].shape)
    stored = value(session, "SELECT pg_column_size(featmap_from_npy(%b))", npy(signed)) / 1000
    channels, height, width = signed.shape
    bench.table.ratio(
        "storage of a dense signed map, 8 bits",
        "stored",
        [stored],
        "codes, 32 bytes a cell, 2 bytes a channel",
        [(signed.size + 32 * height * width + 2 * channels) / 1000],
        "KB a map",
        at_most(1.02),
    )


def measure(bench):
    measure_construction(bench)
    measure_loading(bench)
    measure_size(bench)
