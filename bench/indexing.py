"""The index on feature maps: called by bench/index, which has built the extension and started a server.

index_sets      maps, mosaics of them, queries
index_measures  builds, inserts, answers beside the exact ones
index_pgvector  what can be done with pgvector instead
"""

import argparse
import os
import pathlib
import statistics
import sys
from dataclasses import dataclass, field

import command

HOW_TO_READ = """\
How to read it. A column is a table of maps: real ones, then mosaics of them, a quarter of their number and all;
then pgvector's ways on the same mosaics. The targets are those of maps of about 300 cells and 512 channels: for
"recall" of the real maps, for "near" of 100,000 mosaics, for times of 100,000, on a core that does nothing else;
100 ms for a million of small maps. A query is a window of a map that is in no table, of 3 to 40 % or 0.5 to 3
% of its cells, with the window's own aspect asked for, or any. "recall" is the share of the ten returned that are
as near as the exact tenth; "near" that of the ten whose score is within 0.002 of its score. n is how many maps of
the first stage hold 99 % of the exact ten, all lists read. Times are the client's clock around a whole query for
the ten nearest, one process, all in memory; "index" is the median and, after the slash, what 95 % of the queries
take less than, each query run for the second time; "CPU" is the median of what the server's process took of it, and
in parentheses of a scan that scores a single map exactly: the first stage; "exact" is the median of the same
queries without the index, each run once. Builds are a map's share of CREATE INDEX (for pgvector of the vectors, too), by one process and by
two. Inserts are of 100 mosaics in one statement, with the index and, in parentheses, without. KB are 10^3 bytes."""


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench/index")
    parser.add_argument("--maps", metavar="FOLDER | FILE.npz", default=os.environ.get("INTSEARCH_MAPS"))
    parser.add_argument("--rows", metavar="N", type=int, default=800)
    parser.add_argument("--side", metavar="N", type=int)
    parser.add_argument("--channels", metavar="N", type=int)
    parser.add_argument("--pooling", choices=["sum", "max", "gem"], default="sum")
    parser.add_argument("--queries", metavar="N", type=int, default=20)
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    for name, least in (("rows", 40), ("side", 4), ("channels", 1), ("queries", 1)):
        given = getattr(arguments, name)
        if given is not None and given < least:
            parser.error(f"--{name} is at least {least}")
    if arguments.maps is not None:
        arguments.maps = pathlib.Path(arguments.maps)
        if not arguments.maps.exists():
            parser.error(f"there is no {arguments.maps}")
    return arguments


NAMES = ["maps", "build, ms a map", "build by two, ms a map", "insert, ms a map", "index, KB a map", "map, KB"]
ANSWER_NAMES = ["index, ms", "CPU, ms", "exact, ms", "recall", "near", "n"]
TARGETS = ["", "4 (wished: 2)", "half", "5", "2.7", ""]


def answer_targets(kind):
    return ["30", "", "", f"{kind.recall} real", "0.98 mosaics", ""]


@dataclass
class Bench:
    """What the measurements share."""

    session: object
    pooling: str
    channels: int
    queries: dict  # kind -> queries
    columns: dict = field(default_factory=dict)  # title -> cells

    def add(self, title, *cells):
        self.columns[title] = cells
        print(f"  {title}: " + " | ".join(cell for cell in cells if cell), file=sys.stderr, flush=True)

    def count(self, table):
        import database

        return database.value(self.session, f"SELECT count(*) FROM {table}")

    def size(self, table, expression):
        """KB a map."""
        import database

        return f"{database.value(self.session, f'SELECT ({expression})::bigint') / self.count(table) / 1000:.2f}"

    def build(self, table, workers):
        import index_measures

        taken = index_measures.build(self.session, table, self.pooling, workers)
        return f"{1000 * taken / self.count(table):.2f}"


def answer_cells(found, exact="", first_stage=None, needed=""):
    times = f"{found.median:.1f} / {found.slow:.1f}"
    work = f"{found.work:.1f}" + ("" if first_stage is None else f" ({first_stage:.1f})")
    return [times, work, exact, f"{found.recall:.3f}", f"{found.near:.3f}", needed]


def measure_index(bench, title, table):
    """A column; returns the exact answers, by kind of query."""
    import index_measures as measures

    session = bench.session
    print(f"measuring: {title}", file=sys.stderr, flush=True)
    plain = measures.insert(session, table, "extra")
    by_two, alone = bench.build(table, 1), bench.build(table, 0)
    sizes = [
        bench.size(table, f"pg_relation_size('{table}_features')"),
        bench.size(table, f"SELECT sum(pg_column_size(features)) FROM {table}"),
    ]
    exact, answers = {}, []
    for kind, queries in bench.queries.items():
        exact[kind] = measures.exact_answers(session, table, queries)
        measures.use_index(session, True)
        found = measures.compare(session, table, queries, exact[kind], lambda query: measures.ranking(table, query))
        first_stage = measures.first_stage_work(session, table, queries)
        needed = measures.candidates_needed(session, table, queries, exact[kind])
        answers += answer_cells(found, f"{statistics.median(exact[kind].milliseconds):.1f}", first_stage, needed)
    inserting = f"{measures.insert(session, table, 'extra'):.2f} ({plain:.2f})"
    bench.add(title, str(bench.count(table)), alone, by_two, inserting, *sizes, *answers)
    return exact


def measure_pgvector(bench, table, exact):
    """A column for each way."""
    import index_measures as measures
    import index_pgvector

    for way in index_pgvector.ways(bench.pooling):
        print(f"measuring: {way.title}", file=sys.stderr, flush=True)
        taken = index_pgvector.build(bench.session, table, way, bench.channels)
        size = bench.size(table, f"pg_total_relation_size('{table}_vectors')")
        answers = []
        for kind, queries in bench.queries.items():
            found = measures.compare(
                bench.session, table, queries, exact[kind], lambda query: way.statement(table, query)
            )
            answers += answer_cells(found)
        count = bench.count(table)
        bench.add(way.title, str(count), f"{1000 * taken / count:.2f}", "", "", size, "", *answers)


def result(bench):
    """The table, with a column for each table of maps."""
    from table import Table

    names = NAMES + [f"{kind.name}: {name}" for kind in bench.queries for name in ANSWER_NAMES]
    targets = TARGETS + [target for kind in bench.queries for target in answer_targets(kind)]
    table = Table(("", "target", *bench.columns))
    table.rows = list(zip(names, targets, *bench.columns.values()))
    return table


def find_maps(arguments):
    """(maps for the tables, maps for queries, what they are)."""
    import index_sets

    if arguments.maps is not None:
        found = index_sets.load_maps(arguments.maps, arguments.channels)
        return *index_sets.kept_out(found), f"{len(found)} maps of {arguments.maps.name}"
    print("describing the photographs", file=sys.stderr, flush=True)
    found = index_sets.describe_photographs(arguments.channels)
    described = f"{len(found)} of the sample photographs and their quarters"
    return *index_sets.kept_out(found, together=index_sets.A_PHOTOGRAPH), described


def store(session, stored, rows, side):
    """The tables real, few, many and extra."""
    import index_measures
    import index_sets

    print("storing the maps", file=sys.stderr, flush=True)
    index_measures.store_maps(session, "real", stored)
    index_measures.store_mosaics(session, "many", stored, range(rows), side)
    index_measures.store_mosaics(session, "extra", stored, range(rows, rows + index_measures.INSERTED), side)
    index_measures.store_copy(session, "few", f"SELECT id, features FROM many WHERE id < {rows // 4}")


def main():
    arguments = parse_arguments()
    if arguments.check:
        return

    import database
    import index_pgvector
    import index_sets

    busy = os.getloadavg()[0]
    stored, asked, described = find_maps(arguments)
    session = database.connect()
    store(session, stored, arguments.rows, arguments.side)
    queries = {
        kind: index_sets.make_queries(asked, arguments.queries, kind, arguments.pooling)
        for kind in index_sets.KINDS
    }
    bench = Bench(session, arguments.pooling, stored[0].shape[0], queries)
    measure_index(bench, "real maps", "real")
    measure_index(bench, "mosaics, a quarter", "few")
    exact = measure_index(bench, "mosaics", "many")
    has_pgvector = index_pgvector.is_installed(session)
    if has_pgvector:
        measure_pgvector(bench, "many", exact)

    print(f"{database.value(session, 'SELECT intsearch_version()')}; {database.value(session, 'SELECT version()')}")
    print(command.processor())
    print(f"Load average {busy:.1f} before the run, {os.getloadavg()[0]:.1f} at its end (of which the bench is 1 to 2)")
    print(f"Maps: {described}, {len(asked)} of them for queries; {bench.channels} channels.")
    print(f"Pooling {arguments.pooling}; {arguments.queries} queries of each kind.")
    print(f"\n{result(bench)}\n\n{HOW_TO_READ}")
    if not has_pgvector:
        print("\nLeft out: pgvector is not installed (Debian 13: postgresql-17-pgvector).")


if __name__ == "__main__":
    main()
