"""The database as the bench uses it: a clock around queries, a look at a backend's memory."""

import io
import re
import statistics
import time

import numpy as np
import psycopg


ARRAY_HEADER = 12 + 3 * 8  # bytes before the elements of an array of three dimensions in binary form


def connect():
    """A session in which a query is one process, unless it says otherwise."""
    session = psycopg.connect(autocommit=True)
    session.prepare_threshold = None  # a prepared plan would outlive the settings that it was made under
    session.execute("SELECT intsearch_version()")  # loads the library, which defines its settings
    session.execute("SET max_parallel_workers_per_gather = 0")
    return session


def literal(vector):
    """A vector as SQL text, so that parsing it is part of a query's time."""
    return "'{" + ",".join(f"{float(x):.9g}" for x in vector) + "}'::real[]"


def npy(values):
    """The bytes of an .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


def value(session, sql, *parameters):
    """The first column of the first row."""
    return session.execute(sql, parameters or None).fetchone()[0]


def seconds(session, sql):
    """The client's time from sending a query to having its answer."""
    start = time.perf_counter()
    session.execute(sql).fetchall()
    return time.perf_counter() - start


def milliseconds_a_row(session, sql, rows, repeats=3):
    """The median over some executions of a query's time, divided by the number of rows it reads."""
    return 1000 * statistics.median(seconds(session, sql) for _ in range(repeats)) / rows


def reading(table):
    """The least that a query over whole values can do: fetch each one, and look at its last byte."""
    return f"SELECT sum(get_byte(bytes, octet_length(bytes) - 1)) FROM {table}"


def region_vector(session, values, window, arguments=""):
    """The unit vector of a window of a map at 16 bits, float64."""
    sql = f"SELECT region_vector(featmap_from_npy(%b, bits => 16), %s, %s, %s, %s{arguments})"
    return np.array(value(session, sql, npy(values), *window), dtype=np.float64)


def search_counts(session, sql):
    """What each search of a query tells at debug1: [windows scored exactly], [sets of windows bounded]."""
    counts = []

    def note(diagnostic):
        found = re.match(
            r"intsearch: exact scores of (\d+) windows, bounds of (\d+) sets", diagnostic.message_primary
        )
        if found:
            counts.append((int(found[1]), int(found[2])))

    session.add_notice_handler(note)
    session.execute("SET client_min_messages = debug1")
    session.execute(sql)
    session.execute("RESET client_min_messages")
    session.remove_notice_handler(note)
    return tuple(zip(*counts))


def stored_values(session, table):
    """The maps of a table as they are stored, rounded to codes: float32 [channels][height][width] each."""
    element = np.dtype([("length", ">i4"), ("value", ">f4")])
    for height, width, array in session.execute(
        f"SELECT height(features), width(features), array_send(featmap_to_array(features)) FROM {table} ORDER BY id"
    ):
        values = np.frombuffer(array, element, offset=ARRAY_HEADER)["value"]
        yield values.reshape(-1, height, width).astype(np.float32)


def make_table(session, name, columns, select):
    """An unlogged table whose bytea columns are stored as featmaps are: out of line, not compressed."""
    session.execute(f"DROP TABLE IF EXISTS {name}")
    session.execute(f"CREATE UNLOGGED TABLE {name} ({columns})")
    for column in columns.split(","):
        column_name, column_type = column.split()[:2]
        if column_type == "bytea":
            session.execute(f"ALTER TABLE {name} ALTER {column_name} SET STORAGE EXTERNAL")
    if select is not None:
        session.execute(f"INSERT INTO {name} {select}")
        session.execute(f"VACUUM ANALYZE {name}")


def store_arrays(session, name, maps):
    """A table (id, npy) of arrays as .npy files, and beside it `name`_maps (id, features) at 8 bits."""
    make_table(session, name, "id integer, npy bytea", None)
    with session.cursor() as cursor:
        with cursor.copy(f"COPY {name} FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int4", "bytea"])
            for i, values in enumerate(maps):
                copy.write_row((i, npy(values)))
    session.execute(f"VACUUM ANALYZE {name}")
    select = f"SELECT id, featmap_from_npy(npy, bits => 8) FROM {name}"
    make_table(session, f"{name}_maps", "id integer, features featmap", select)


def make_bytes_like(session, name, maps, arrays):
    """A table (bytes) with as many bytes, row by row, as the featmaps of the table `maps` take."""
    make_table(
        session,
        name,
        "id integer, bytes bytea",
        f"SELECT id, substring(npy FROM 1 FOR pg_column_size(features))"
        f" FROM {maps} JOIN {arrays} USING (id) ORDER BY id",
    )


def memory(session, field):
    """A field of /proc/PID/status of the session's backend, in MB; None where it cannot be read."""
    try:
        with open(f"/proc/{session.info.backend_pid}/status") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    return None
