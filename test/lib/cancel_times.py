"""Measures how soon each long step answers a cancel, on maps so large that it takes a while.

    cancel_times.py FOLDER [--megabytes M] [--tries N] [--longest SECONDS] [--most MILLISECONDS] [--only WORD]

Called by test/cancel, with the server and database in the environment; FOLDER is one that both may write to. Each
step runs once to the end, or for at most SECONDS, and is then cancelled N times, at times spread evenly over
its duration. The table tells the median and the worst time from the cancel to the answer, the error that the client
gets, and the worst time until the session takes the next statement: in between, the step's memory is given back to
the system. The exit status is 1 if an answer took longer than MILLISECONDS, but for the steps whose time is spent in
somebody else's code.
"""

import argparse
import pathlib
import select
import sys
import threading
import time

import numpy as np
import psycopg

QUERY_CANCELED = b"57014"

CHANNELS = 64


def wave(channels):
    """A query of both signs."""
    return f"(SELECT array_agg(cos(c)::real) FROM generate_series(1, {channels}) AS c)"


def ones(*shape):
    return f"array_fill(1::real, ARRAY{list(shape)})"


# What is measured, and whose code it is if that does not look for cancels.
FOREIGN = {"text input, nested array": "array_in"}


def steps(folder):
    """Pairs of a name and a statement."""
    query, queries = wave(CHANNELS), ones(8, CHANNELS)

    def search(table, query, limits="", **settings):
        given = "".join(f", {name} => {value}" for name, value in settings.items())
        return f"SELECT count(*) FROM {table}, intsearch(features, featquery({query}{given}){limits})"

    yield "nothing: pg_sleep", "SELECT pg_sleep(10)"
    yield "featmap_from_npy, chw", "SELECT height(featmap_from_npy(file)) FROM npy WHERE layout = 'chw'"
    yield "featmap_from_npy, hwc", "SELECT height(featmap_from_npy(file, 16, layout)) FROM npy WHERE layout = 'hwc'"
    yield "featmap_from_array", "SELECT height(featmap_from_array(values)) FROM array_of_many"
    yield "featmap_from_array, few channels", "SELECT height(featmap_from_array(values)) FROM array_of_few"
    yield "text input", "SELECT height(t::featmap) FROM texts"
    yield "text input, nested array", "SELECT height(t::featmap) FROM nested"
    yield "text output", "SELECT octet_length(features::text) FROM large"
    yield "binary COPY in", f"COPY copied FROM '{folder}/large.copy' BINARY"
    yield "binary COPY out", f"COPY large TO '{folder}/again.copy' BINARY"
    yield "featmap_to_array", "SELECT array_ndims(featmap_to_array(features)) FROM large"
    yield "integral_image", "SELECT array_ndims(integral_image(features)) FROM half"
    yield "=", "SELECT a.features = b.features FROM large AS a, same AS b"
    yield "hash", "SELECT featmap_hash(features) FROM large"
    for pooling in ("'sum'", "'max'", "'gem'", "'gem', 200"):
        yield f"region_vector, {pooling}", f"SELECT region_vector(features, {pooling}) FROM large"
    yield "intsearch, sum", search("large", query)
    whole = {"min_height": "height(features)", "min_width": "width(features)"}
    yield "intsearch, sum, one window", search("large", query, **whole)
    yield "intsearch, sum, 100000 results", search("large", query, ", max_results => 100000, max_overlap => 1")
    yield "intsearch, sum, results that overlap", search("flat", wave(4), ", max_results => 50000, max_overlap => 0.95")
    yield "intsearch, sum, few channels", search("broad", wave(4))
    yield "intsearch, sum, negated query", search("large", f"array_fill(-1::real, ARRAY[{CHANNELS}])")
    yield "intsearch, sum, a map of zeros", search("zeros", wave(4))
    yield "intsearch, sum, nearly all zeros", search("nearly", "'{-1,-2,-3,-4}'")
    for pooling in ("'max'", "'gem'", "'gem', exponent => 200"):
        yield f"intsearch, {pooling}", search("large", query, pooling=pooling)
        yield f"intsearch, {pooling}, few channels", search("broad", wave(4), pooling=pooling)
    yield "intsearch, 'max', 16 bits", search("wide", wave(CHANNELS // 2), pooling="'max'")
    yield "intsearch_many", f"SELECT count(*) FROM large, intsearch_many(features, {queries})"
    yield "max_sim", f"SELECT max_sim(features, {queries}) FROM large"
    yield "max_sim, ties", f"SELECT max_sim(features, {queries}) FROM constant"
    yield "rmac", "SELECT rmac(features) FROM large"
    yield "rmac, whitened", f"SELECT rmac(features, 3, {ones(2048, 2049)}) FROM many"
    for dims in (32, 2048):
        yield f"pca_whitening, {dims} dimensions", f"SELECT pca_whitening(v, {dims}) FROM vectors"


def save(folder, name, array):
    """The path of an .npy file that the server can read."""
    path = folder / f"{name}.npy"
    np.save(path, array)
    path.chmod(0o644)
    return str(path)


def make_tables(connection, folder, megabytes):
    """Maps of random codes, the large ones of so many bytes."""
    rng = np.random.default_rng(1)
    side = int((megabytes * 2**20 / CHANNELS) ** 0.5)
    # of 4 channels, with as much for the sketch
    broad = min(4096, int((megabytes * 2**20 / 12) ** 0.5))
    values = rng.integers(0, 256, (CHANNELS, side, side), np.uint8)
    nearly = np.zeros((4, 1024, 1024), np.uint8)
    nearly[:, -1, -1] = 1
    maps = {
        "large": (values, 8),
        "half": (values[: CHANNELS // 8], 8),
        "wide": (values[: CHANNELS // 2], 16),
        "constant": (np.ones_like(values), 8),
        "broad": (rng.integers(0, 100, (4, broad, broad), np.uint8), 8),
        "zeros": (np.zeros_like(nearly), 8),
        "nearly": (nearly, 8),
        "flat": (rng.integers(-100, 100, (4, 40, 2000), np.int8), 8),
        "many": (rng.integers(0, 256, (2048, 20, 20), np.uint8), 8),
    }
    for name, (array, bits) in maps.items():
        stored = f"featmap_from_npy(pg_read_binary_file('{save(folder, name, array)}'), {bits})"
        connection.execute(f"CREATE TABLE {name} AS SELECT {stored} AS features")
    connection.execute("CREATE TABLE same AS TABLE large")
    connection.execute("CREATE TABLE copied (LIKE large)")
    connection.execute(f"COPY large TO '{folder}/large.copy' BINARY")

    # PostgreSQL's own types would be compressed
    def make_plain(name, columns, query):
        connection.execute(f"CREATE TABLE {name} ({columns})")
        connection.execute(f"ALTER TABLE {name} ALTER {columns.split()[0]} SET STORAGE external")
        connection.execute(f"INSERT INTO {name} {query}")

    layouts = {"chw": values, "hwc": np.ascontiguousarray(values[: CHANNELS // 2].transpose(1, 2, 0))}
    paths = {layout: save(folder, layout, array) for layout, array in layouts.items()}
    read = ", ".join(f"(pg_read_binary_file('{path}'), '{layout}')" for layout, path in paths.items())
    make_plain("npy", "file bytea, layout text", f"VALUES {read}")
    quarter = f"featmap_from_npy(pg_read_binary_file('{save(folder, 'quarter', values[: CHANNELS // 4])}'))"
    make_plain("array_of_many", "values real[]", f"SELECT featmap_to_array({quarter})")
    make_plain("array_of_few", "values real[]", "SELECT featmap_to_array(features) FROM broad")
    make_plain("texts", "t text", "SELECT features::text FROM half")
    make_plain("nested", "t text", "SELECT values::text FROM array_of_many")
    numbers = "generate_series(1, 2100) AS i, generate_series(1, 2048)"
    connection.execute(f"CREATE TABLE vectors AS SELECT array_agg(random()::real) AS v FROM {numbers} GROUP BY i")


def duration(connection, statement, longest):
    """Seconds until it ends, or the longest that it may take."""
    connection.execute(f"SET statement_timeout = '{longest}s'")
    start = time.perf_counter()
    try:
        connection.execute(statement)
    except psycopg.errors.QueryCanceled:
        pass
    took = time.perf_counter() - start
    connection.execute("RESET statement_timeout")
    return min(longest, took)


def run(connection, statement):
    """When result or error arrived, when the session was ready for the next statement, the SQLSTATE of an error."""
    session = connection.pgconn
    session.send_query(statement.encode())
    arrived = sqlstate = None
    while True:
        while session.is_busy():
            select.select([session.socket], [], [])
            session.consume_input()
        result = session.get_result()
        if result is None:
            return arrived, time.perf_counter(), sqlstate
        arrived = time.perf_counter()
        sqlstate = result.error_field(psycopg.pq.DiagnosticField.SQLSTATE)


def answer_time(connection, other, statement, delay):
    """Seconds from a cancel to its answer, and until the session was ready; None where the statement ended before."""
    sent = []

    def cancel():
        sent.append(time.perf_counter())
        other.execute("SELECT pg_cancel_backend(%s)", [connection.info.backend_pid])

    timer = threading.Timer(delay, cancel)
    timer.start()
    arrived, ready, sqlstate = run(connection, statement)
    timer.cancel()
    timer.join()
    if sqlstate == QUERY_CANCELED:
        return arrived - sent[0], ready - sent[0]
    if sqlstate is not None:
        sys.exit(f"SQLSTATE {sqlstate.decode()} from: {statement}")
    run(connection, "SELECT pg_sleep(0.1)")  # takes a cancel that came too late
    return None


def milliseconds(times):
    """Median and greatest, for the table."""
    times = sorted(1000 * seconds for seconds in times)
    return times[len(times) // 2], times[-1]


def main():
    parser = argparse.ArgumentParser(prog="test/cancel")
    parser.add_argument("folder", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--megabytes", type=int, default=64, help="of the large maps (64)")
    parser.add_argument("--tries", type=int, default=10, help="cancels of each step (10)")
    parser.add_argument("--longest", type=int, default=3, help="that a step is watched for (3)", metavar="SECONDS")
    parser.add_argument("--most", type=float, default=100, help="that an answer may take (100)", metavar="MILLISECONDS")
    parser.add_argument("--only", default="", help="steps whose name has this word")
    arguments = parser.parse_args()
    slow = []
    with psycopg.connect(autocommit=True) as connection, psycopg.connect(autocommit=True) as other:
        make_tables(connection, arguments.folder, arguments.megabytes)
        print(f"{'step':44} {'takes':>7} {'median':>7} {'worst':>7} {'ready':>7}   (ms)")
        for name, statement in steps(arguments.folder):
            if arguments.only not in name:
                continue
            takes = duration(connection, statement, arguments.longest)
            delays = [takes * (i + 0.5) / arguments.tries for i in range(arguments.tries)]
            answers = [answer_time(connection, other, statement, delay) for delay in delays]
            answers = [answer for answer in answers if answer is not None]
            if not answers:
                sys.exit(f"test/cancel: {name} ended before every cancel")
            (median, worst), (_, ready) = (milliseconds(times) for times in zip(*answers))
            foreign = FOREIGN.get(name, "")
            print(f"{name:44} {1000 * takes:7.0f} {median:7.1f} {worst:7.1f} {ready:7.1f}   {foreign}", flush=True)
            if worst > arguments.most and not foreign:
                slow.append(name)
    if slow:
        sys.exit(f"test/cancel: answered too late: {', '.join(slow)}")


if __name__ == "__main__":
    main()
