"""An index on a table of maps: what it takes, and how its answers compare with the exact ones."""

import statistics
import time
from dataclasses import dataclass

import numpy as np

import database

WANTED = 10
NEAR = 0.002  # of the exact tenth score
INSERTED = 100
# Maps of the first stage among which the exact answer is looked for.
MOST_RANKED = 4000
# Share of the exact answers that n candidates hold.
HELD = 0.99


def store_maps(session, name, maps):
    """A table (id, features), filled map by map, so that no more than some arrays are in memory."""
    database.make_table(session, name, "id integer, features featmap", None)
    with session.transaction(), session.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {name} VALUES (%b, featmap_from_npy(%b))",
            ((number, database.npy(np.ascontiguousarray(values))) for number, values in enumerate(maps)),
        )
    session.execute(f"VACUUM ANALYZE {name}")


def store_copy(session, name, select):
    """A table (id, features) of what a query returns."""
    database.make_table(session, name, "id integer, features featmap", select)


def use_index(session, used):
    session.execute(f"SET enable_seqscan = {not used}; SET enable_sort = {not used}; SET enable_indexscan = {used}")


def build(session, table, pooling, workers):
    """Seconds that CREATE INDEX takes."""
    session.execute(f"DROP INDEX IF EXISTS {table}_features")
    session.execute(f"SET max_parallel_maintenance_workers = {workers}; SET min_parallel_table_scan_size = 0")
    start = time.perf_counter()
    session.execute(f"CREATE INDEX {table}_features ON {table} USING intsearch (features) WITH (pooling = {pooling})")
    return time.perf_counter() - start


def insert(session, table, source):
    """Milliseconds a map, of those of the table `source`; undone."""
    start = time.perf_counter()
    with session.transaction(force_rollback=True):
        session.execute(f"INSERT INTO {table} SELECT -1 - id, features FROM {source}")
        taken = time.perf_counter() - start
    return 1000 * taken / database.value(session, f"SELECT count(*) FROM {source}")


def ranking(table, query, limit=WANTED, columns="id"):
    return f"SELECT {columns} FROM {table} ORDER BY features <=> {query.literal} LIMIT {limit}"


def timed(session, sql):
    """(milliseconds, the first column)."""
    start = time.perf_counter()
    rows = session.execute(sql).fetchall()
    return 1000 * (time.perf_counter() - start), [row[0] for row in rows]


@dataclass(frozen=True)
class Exact:
    """The exact answers to some queries."""

    ids: list  # [query][rank]
    tenth: list  # distance of the last of them, a query
    milliseconds: list


def exact_answers(session, table, queries):
    use_index(session, False)
    answers = Exact([], [], [])
    for query in queries:
        milliseconds, ids = timed(session, ranking(table, query))
        answers.ids.append(ids)
        answers.tenth.append(max(distances(session, table, query, ids), default=np.inf))
        answers.milliseconds.append(milliseconds)
    return answers


def distances(session, table, query, ids):
    sql = f"SELECT features <=> {query.literal} FROM {table} WHERE id = ANY(%s)"
    return [row[0] for row in session.execute(sql, [ids])]


@dataclass
class Found:
    """How the answers of a way compare with the exact ones, in shares of them."""

    recall: float
    near: float
    median: float  # milliseconds
    slow: float  # of which 95 % of the queries take less


def compare(session, table, queries, exact, statement):
    """Found by the statement that `statement` makes of a query, which is timed when it runs for the second time."""
    recalls, nears, times = [], [], []
    for number, query in enumerate(queries):
        sql = statement(query)
        session.execute(sql)
        milliseconds, ids = timed(session, sql)
        times.append(milliseconds)
        found = np.array(distances(session, table, query, ids))
        wanted = max(1, len(exact.ids[number]))
        recalls.append(np.sum(found <= exact.tenth[number] + 1e-9) / wanted)
        nears.append(np.sum(found <= exact.tenth[number] + NEAR) / wanted)
    return Found(
        statistics.mean(recalls), statistics.mean(nears), statistics.median(times), float(np.quantile(times, 0.95))
    )


def candidates_needed(session, table, queries, exact):
    """How many maps of the first stage hold HELD of the exact answers, as text.

    With one candidate at a time a scan returns rows in the order of the first stage.
    """
    session.execute(
        f"SET intsearch.candidates = 1; SET intsearch.probes = 32768; SET intsearch.max_candidates = {MOST_RANKED}"
    )
    ranks = []
    for query, ids in zip(queries, exact.ids):
        order = {found: rank for rank, found in enumerate(timed(session, ranking(table, query, MOST_RANKED))[1], 1)}
        ranks += [order.get(wanted, np.inf) for wanted in ids]
    session.execute("RESET intsearch.candidates; RESET intsearch.probes; RESET intsearch.max_candidates")
    needed = sorted(ranks)[int(np.ceil(HELD * len(ranks))) - 1]
    return f"over {MOST_RANKED}" if np.isinf(needed) else str(needed)
