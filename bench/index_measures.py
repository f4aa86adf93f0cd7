"""An index on a table of maps: what it takes, and how its answers compare with the exact ones."""

import os
import statistics
import sys
import time
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

import database
import index_sets

WANTED = 10
NEAR = 0.002  # of the exact tenth score
INSERTED = 100
# Maps of the first stage among which the exact answer is looked for.
MOST_RANKED = 4000
# Share of the exact answers that n candidates hold.
HELD = 0.99


def insert_maps(session, name, maps):
    """Inserts (id, array) pairs, map by map, so that no more than some arrays are in memory."""
    with session.transaction(), session.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {name} VALUES (%b, featmap_from_npy(%b))",
            ((number, database.npy(np.ascontiguousarray(values))) for number, values in maps),
        )


def store_maps(session, name, maps):
    """A table (id, features)."""
    database.make_table(session, name, "id integer, features featmap", None)
    insert_maps(session, name, enumerate(maps))
    session.execute(f"VACUUM ANALYZE {name}")


def insert_mosaics(name, sources, numbers, side):
    with database.connect() as session:
        insert_maps(session, name, ((number, index_sets.mosaic(sources, number, side)) for number in numbers))


def store_mosaics(session, name, sources, numbers, side):
    """A table (id, features) of mosaics, made by as many processes as there are cores."""
    database.make_table(session, name, "id integer, features featmap", None)
    count = os.cpu_count() or 1
    processes = [
        # a forked process has the sources already
        get_context("fork").Process(target=insert_mosaics, args=(name, sources, numbers[part::count], side))
        for part in range(count)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        sys.exit("a process that makes mosaics failed")
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


def server_work(session):
    """Milliseconds of CPU that the session's process has taken so far; NaN where Linux does not say."""
    try:
        with open(f"/proc/{session.info.backend_pid}/schedstat") as status:
            return int(status.read().split()[0]) / 1e6
    except OSError:
        return float("nan")


def worked(session, sql):
    """Milliseconds of CPU, and what timed returns."""
    before = server_work(session)
    taken = timed(session, sql)
    return server_work(session) - before, *taken


def first_stage_work(session, table, queries):
    """Median milliseconds of CPU of scans that score one map exactly, each run for the second time."""
    session.execute("SET intsearch.max_candidates = 1")
    work = []
    for query in queries:
        sql = ranking(table, query, 1)
        session.execute(sql)
        work.append(worked(session, sql)[0])
    session.execute("RESET intsearch.max_candidates")
    return statistics.median(work)


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
    work: float  # median milliseconds of CPU


def compare(session, table, queries, exact, statement):
    """Found by the statement that `statement` makes of a query, which is timed when it runs for the second time."""
    recalls, nears, times, works = [], [], [], []
    for number, query in enumerate(queries):
        sql = statement(query)
        session.execute(sql)
        work, milliseconds, ids = worked(session, sql)
        works.append(work)
        times.append(milliseconds)
        found = np.array(distances(session, table, query, ids))
        wanted = max(1, len(exact.ids[number]))
        recalls.append(np.sum(found <= exact.tenth[number] + 1e-9) / wanted)
        nears.append(np.sum(found <= exact.tenth[number] + NEAR) / wanted)
    return Found(
        statistics.mean(recalls),
        statistics.mean(nears),
        statistics.median(times),
        float(np.quantile(times, 0.95)),
        statistics.median(works),
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
