"""Large maps, cost against map size and number of rows, memory, cancelling."""

import random
import threading
import time

import psycopg

import maps
from against_reading import best
from database import (
    connect,
    literal,
    make_bytes_like,
    make_table,
    memory,
    milliseconds_a_row,
    reading,
    seconds,
    store_arrays,
)
from ratios import a_at_most, at_most, interleave


def foreign_query(channels):
    """A window of a map that is not among those searched, so that no window of theirs fits it well."""
    return literal(maps.window_vector(maps.make_map(999, channels, 18, 16), 3, 4, 12, 12))


def windows_of(height, width):
    return height * (height + 1) // 2 * (width * (width + 1) // 2)


def measure_large(bench):
    session = bench.session
    made_64 = [maps.make_map(i, 256, 64, 64) for i in range(3)]
    made_128 = [maps.make_map(0, 64, 128, 128)]
    for name, stored, query, target in (
        ("large", [bench.large], literal(bench.query), a_at_most(8, "ms")),
        ("made_64", made_64, foreign_query(256), a_at_most(8, "ms")),
        ("made_128", made_128, foreign_query(64), None),
    ):
        channels, height, width = stored[0].shape
        bench.table.announce(f"large maps: {height} x {width} x {channels}")
        store_arrays(session, name, stored)
        make_bytes_like(session, f"{name}_bytes", f"{name}_maps", name)
        sql = f"SELECT max(best_score(features, {query})) FROM {name}_maps"
        a, b = interleave(
            bench.rounds,
            lambda: milliseconds_a_row(session, sql, len(stored), repeats=1),
            lambda: milliseconds_a_row(session, reading(f"{name}_bytes"), len(stored)),
        )
        bench.table.ratio(
            f"{height} x {width} x {channels}, any aspect ({windows_of(height, width):,} windows)",
            "intsearch",
            a,
            "reading",
            b,
            "ms a map",
            target,
        )


def measure_peak_memory(bench):
    bench.table.announce("memory of one search of 128 x 128 x 64")
    peaks, stored = [], []
    for _ in range(3):
        with connect() as session:
            # What a session needs for any search at all is not counted.
            session.execute(f"SELECT best_score(features, {literal(bench.query)}) FROM crops_maps LIMIT 1").fetchall()
            before = memory(session, "VmHWM")
            if before is None:
                bench.table.leave_out("memory: /proc/PID/status cannot be read")
                return
            sql = f"SELECT best_score(features, {foreign_query(64)}), pg_column_size(features) FROM made_128_maps"
            size = session.execute(sql).fetchone()[1]
            peaks.append(memory(session, "VmHWM") - before)
            stored.append(size / 1e6)
    bench.table.ratio(
        "128 x 128 x 64: memory of one search (peak, VmHWM)", "backend", peaks, "stored value", stored, "MB"
    )


def time_to_error(session, sql, error):
    """When the query ended in this error."""
    try:
        session.execute(sql)
    except error:
        return time.perf_counter()
    raise AssertionError("the query was not cancelled")


def cancel_after(session, sql, delay):
    """Milliseconds from pg_cancel_backend to the error."""
    cancelled = []

    def cancel():
        with psycopg.connect(autocommit=True) as other:
            time.sleep(delay)
            cancelled.append(time.perf_counter())
            other.execute("SELECT pg_cancel_backend(%s)", [session.info.backend_pid])

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        ended = time_to_error(session, sql, psycopg.errors.QueryCanceled)
    finally:
        thread.join()
    return 1000 * (ended - cancelled[0])


def time_out(session, sql, timeout):
    """Milliseconds from the end of statement_timeout to the error."""
    session.execute(f"SET statement_timeout = {timeout}")
    start = time.perf_counter()
    ended = time_to_error(session, sql, psycopg.errors.QueryCanceled)
    session.execute("SET statement_timeout = 0")
    return 1000 * (ended - start) - timeout


def measure_cancelling(bench):
    bench.table.announce("cancelling a search of 128 x 128 x 64")
    session = bench.session
    one = f"SELECT best_score(features, {foreign_query(64)}) FROM made_128_maps"
    endless = f"SELECT sum(best_score(features, {foreign_query(64)})) FROM made_128_maps, generate_series(1, 100000)"
    delays = random.Random(1)
    for name, stop in (
        ("pg_cancel_backend to the error", lambda: cancel_after(session, endless, delays.uniform(0.05, 0.15))),
        ("statement_timeout to the error", lambda: time_out(session, endless, delays.randrange(50, 150))),
    ):
        a, b = interleave(bench.rounds, stop, lambda: 1000 * seconds(session, one))
        bench.table.ratio(
            f"128 x 128 x 64: {name}", "until the error", a, "one whole search", b, "ms", a_at_most(100, "ms")
        )


def measure_map_sizes(bench):
    session = bench.session
    query = foreign_query(256)
    rows_of = {8: 400, 16: 200, 32: 50, 64: 6}
    for side, rows in rows_of.items():
        bench.table.announce(f"map size: {side} x {side} x 256")
        store_arrays(session, "sided", [maps.make_map(i, 256, side, side) for i in range(3)])
        make_table(
            session,
            f"side_{side}",
            "id integer, features featmap",
            f"SELECT id, features FROM generate_series(1, {rows}), sided_maps LIMIT {rows}",
        )

    def measured(side):
        sql = f"SELECT max(best_score(features, {query})) FROM side_{side}"
        return lambda: milliseconds_a_row(session, sql, rows_of[side])

    for side in (8, 32, 64):
        a, b = interleave(bench.rounds, measured(side), measured(16))
        bench.table.ratio(
            f"map size, 256 channels, any aspect ({windows_of(side, side):,} : {windows_of(16, 16):,} windows)",
            f"{side} x {side}",
            a,
            "16 x 16",
            b,
            "ms a map",
        )


def measure_row_counts(bench):
    session = bench.session
    for rows in (100, 1000):
        make_table(
            session, f"rows_{rows}", "id integer, features featmap", f"SELECT id, features FROM many_maps LIMIT {rows}"
        )
    most = session.execute("SELECT count(*) FROM many_maps").fetchone()[0]
    tables = {100: "rows_100", 1000: "rows_1000", most: "many_maps"}

    def measured(rows):
        sql = best(bench, tables[rows], ", aspect => 1")
        return lambda: milliseconds_a_row(session, sql, rows, repeats=1 if rows > 1000 else 3)

    for rows in (100, most):
        bench.table.announce(f"number of rows: {rows:,}")
        a, b = interleave(min(bench.rounds, 7), measured(rows), measured(1000))
        bench.table.ratio("number of rows, aspect 1", f"{rows:,} rows", a, "1,000 rows", b, "ms a map")


def measure_flat_memory(bench):
    """A cursor goes through one query, and between its steps the backend's own memory is read."""
    rows = 20000 if bench.quick else 100000
    bench.table.announce(f"memory of a query over {rows:,} maps")
    store_arrays(bench.session, "small", [maps.make_map(i, 128, 8, 8) for i in range(20)])
    make_table(
        bench.session,
        "very_many_maps",
        "features featmap",
        f"SELECT features FROM generate_series(1, {rows // 20}), small_maps",
    )
    with connect() as session, session.transaction():
        session.execute(
            f"DECLARE c NO SCROLL CURSOR FOR SELECT best_score(features, {foreign_query(128)}) FROM very_many_maps"
        )
        session.execute("FETCH 1 FROM c")
        resident = [memory(session, "RssAnon")]
        if resident[0] is None:
            bench.table.leave_out("memory: /proc/PID/status cannot be read")
            return
        session.execute(f"MOVE {rows // 10} FROM c")
        resident.append(memory(session, "RssAnon"))
        session.execute("MOVE ALL FROM c")
        resident.append(memory(session, "RssAnon"))
    start, tenth, end = ([megabytes] for megabytes in resident)
    name = f"memory over {rows:,} maps, 8 x 8 x 128 (RssAnon)"
    bench.table.ratio(name, "after 10 %", tenth, "after the first map", start, "MB")
    bench.table.ratio(name, "at the end", end, "after 10 %", tenth, "MB", at_most(1.02))
    bench.session.execute("DROP TABLE very_many_maps")


def measure(bench):
    measure_large(bench)
    measure_peak_memory(bench)
    measure_cancelling(bench)
    measure_map_sizes(bench)
    measure_row_counts(bench)
    measure_flat_memory(bench)
