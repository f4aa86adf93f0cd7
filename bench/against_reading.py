"""What a search costs beside fetching the values; parallel workers, bits, kernels, a least score."""

import psycopg

import maps
from database import literal, make_bytes_like, make_table, milliseconds_a_row, reading, seconds, store_arrays, value
from ratios import a_at_most, at_least, at_most, interleave

LARGER = 19, 29  # cells of a photograph's map
CANDIDATES = 200  # maps that an index scan scores exactly

ASPECTS = ((1, "aspect 1", ", aspect => 1"), (None, "any aspect", ""))


def best(bench, table, arguments=""):
    return f"SELECT max(best_score(features, featquery({literal(bench.query)}{arguments}))) FROM {table}"


def time_of(bench, sql, rows=None, repeats=3):
    """A measurement to interleave."""
    return lambda: milliseconds_a_row(bench.session, sql, rows or len(bench.crops), repeats)


def measure_reading(bench):
    for aspect, name, arguments in ASPECTS:
        bench.table.announce(f"intsearch against reading, {name}")
        a, b = interleave(
            bench.rounds, time_of(bench, best(bench, "crops_maps", arguments)), time_of(bench, reading("crops_bytes"))
        )
        target = at_most(3.5, 2.5) if aspect else None
        bench.table.ratio(f"search against reading, {name}", "intsearch", a, "reading", b, "ms a map", target)


def measure_larger(bench):
    """Maps of 19 x 29 cells: in a table, and as the candidates of an index."""
    height, width = LARGER
    fitting = [values for values in bench.maps if values.shape[1] >= height and values.shape[2] >= width]
    if not fitting:
        bench.table.leave_out(f"sum on {height} x {width} cells: no map is as large")
        return
    store_arrays(bench.session, "larger", maps.crops(fitting, CANDIDATES, height, width))
    make_bytes_like(bench.session, "larger_bytes", "larger_maps", "larger")
    for aspect, name, arguments in ASPECTS:
        bench.table.announce(f"sum, {height} x {width}, {name}")
        a, b = interleave(
            bench.rounds,
            time_of(bench, best(bench, "larger_maps", arguments), CANDIDATES),
            time_of(bench, reading("larger_bytes"), CANDIDATES),
        )
        target = a_at_most(0.08, "ms a map") if aspect else a_at_most(0.15, "ms a map")
        bench.table.ratio(
            f"sum, {height} x {width} x {bench.maps[0].shape[0]}, {name}", "search", a, "reading", b, "ms a map", target
        )
    measure_candidates(bench)


def measure_candidates(bench):
    """A query of ten rows from an index that scores all maps of the table, beside reading them."""
    bench.table.announce(f"{CANDIDATES} maps scored behind an index")
    session = bench.session
    session.execute("CREATE INDEX larger_features ON larger_maps USING intsearch (features)")
    # a sequential scan that is off costs so much that the reading would be compiled
    session.execute("SET enable_seqscan = off; SET enable_sort = off; SET jit = off")
    session.execute(f"SET intsearch.candidates = {CANDIDATES}")
    nearest = f"SELECT id FROM larger_maps ORDER BY features <=> {literal(bench.query)} LIMIT 10"
    a, b = interleave(
        bench.rounds,
        lambda: 1000 * seconds(session, nearest),
        lambda: 1000 * seconds(session, reading("larger_bytes")),
    )
    session.execute("RESET enable_seqscan; RESET enable_sort; RESET jit; RESET intsearch.candidates")
    session.execute("DROP INDEX larger_features")
    bench.table.ratio(
        f"{CANDIDATES} maps scored behind an index, sum", "query", a, "reading", b, "ms a query", a_at_most(30, "ms", 16)
    )


def processes_of(session, sql):
    """How many processes worked on a query: the leader and the workers launched."""
    (plan,) = session.execute(f"EXPLAIN (ANALYZE, FORMAT json) {sql}").fetchone()

    def launched(node):
        return node.get("Workers Launched", 0) + sum(launched(child) for child in node.get("Plans", []))

    return 1 + launched(plan[0]["Plan"])


def measure_parallel(bench):
    bench.table.announce("one process against two")
    rows = 3000 if bench.quick else 10000
    session = bench.session
    make_table(
        session,
        "many_maps",
        "id integer, features featmap",
        f"SELECT id, features FROM generate_series(1, {-(-rows // len(bench.crops))}), crops_maps LIMIT {rows}",
    )
    session.execute("ALTER TABLE many_maps SET (parallel_workers = 1)")

    def measured(workers, sql):
        def measure():
            session.execute(f"SET max_parallel_workers_per_gather = {workers}")
            elapsed = milliseconds_a_row(session, sql, rows, repeats=1)
            session.execute("SET max_parallel_workers_per_gather = 0")
            return elapsed

        return measure

    for aspect, name, arguments in ASPECTS:
        sql = best(bench, "many_maps", arguments)
        session.execute("SET max_parallel_workers_per_gather = 1")
        processes = processes_of(session, sql)
        session.execute("SET max_parallel_workers_per_gather = 0")
        if processes != 2:
            bench.table.leave_out(f"one process against two, {name}: the plan had {processes}")
            continue
        a, b = interleave(min(bench.rounds, 7), measured(0, sql), measured(1, sql))
        bench.table.ratio(
            f"parallel search of {rows:,} maps, {name}",
            "1 process",
            a,
            "2 processes (leader, 1 worker)",
            b,
            "ms a map",
            at_least(1.8),
        )


def measure_bits(bench):
    for _, name, arguments in ASPECTS:
        bench.table.announce(f"16 bits against 8, {name}")
        a, b = interleave(
            bench.rounds,
            time_of(bench, best(bench, "crops_maps_16", arguments)),
            time_of(bench, best(bench, "crops_maps", arguments)),
        )
        bench.table.ratio(f"bits: search, {name}", "16 bits", a, "8 bits", b, "ms a map")


def measure_least_score(bench):
    """What a caller gains who knows that only the best ten maps matter."""
    bench.table.announce("with a least score")
    scores = f"SELECT best_score(features, {literal(bench.query)}) FROM crops_maps ORDER BY 1 DESC NULLS LAST"
    tenth = value(bench.session, f"{scores} OFFSET 9 LIMIT 1")
    for _, name, arguments in ASPECTS:
        a, b = interleave(
            bench.rounds,
            time_of(bench, best(bench, "crops_maps", arguments)),
            time_of(bench, best(bench, "crops_maps", f"{arguments}, min_score => {tenth}")),
        )
        bench.table.ratio(
            f"least score: search, {name}", "all maps' scores", a, f"min_score => {tenth:.3f}", b, "ms a map"
        )


def measure_limit(bench):
    """ORDER BY ... LIMIT 10, beside the same without the search knowing of the limit: the sum hides the distance."""
    bench.table.announce("ORDER BY with LIMIT")
    distance = f"features <=> {literal(bench.query)}"
    told, not_told = (
        f"SELECT id FROM crops_maps ORDER BY {key}, id LIMIT 10" for key in (distance, f"({distance}) + 0")
    )
    if bench.session.execute(told).fetchall() != bench.session.execute(not_told).fetchall():
        bench.table.answer_is_wrong("ORDER BY <=> LIMIT 10 gives other rows than without knowing of the limit")
    a, b = interleave(bench.rounds, time_of(bench, not_told), time_of(bench, told))
    bench.table.ratio("limit: ORDER BY <=> LIMIT 10", "limit not known", a, "limit known", b, "ms a map")


def all_answers(bench):
    """Every map's best windows with their scores, which Python gets to the last bit."""
    return [
        bench.session.execute(
            f"SELECT id, r.* FROM {table}, intsearch(features, featquery({literal(bench.query)}{arguments})) AS r ORDER BY id"
        ).fetchall()
        for table in ("crops_maps", "crops_maps_16")
        for _, _, arguments in ASPECTS
    ]


def measure_kernels(bench):
    session = bench.session
    session.execute("SET intsearch.kernel = 'auto'")
    expected = all_answers(bench)

    def measured(kernel, sql):
        def measure():
            session.execute(f"SET intsearch.kernel = '{kernel}'")
            return milliseconds_a_row(session, sql, len(bench.crops))

        return measure

    settings = "SELECT enumvals FROM pg_settings WHERE name = 'intsearch.kernel'"
    for kernel in session.execute(settings).fetchone()[0][1:]:
        bench.table.announce(f"kernels: {kernel} against auto")
        try:
            session.execute(f"SET intsearch.kernel = '{kernel}'")
        except psycopg.errors.InvalidParameterValue:
            bench.table.leave_out(f"kernel {kernel}: not on this processor")
            continue
        if all_answers(bench) != expected:
            bench.table.answer_is_wrong(f"kernel {kernel} gives other answers than auto")
        for _, name, arguments in ASPECTS:
            sql = best(bench, "crops_maps", arguments)
            a, b = interleave(bench.rounds, measured(kernel, sql), measured("auto", sql))
            bench.table.ratio(
                f"kernels, same answers: search, {name}", f"kernel {kernel}", a, "kernel auto", b, "ms a map"
            )
    session.execute("SET intsearch.kernel = 'auto'")


def measure(bench):
    measure_reading(bench)
    measure_larger(bench)
    measure_parallel(bench)
    measure_bits(bench)
    measure_least_score(bench)
    measure_limit(bench)
    measure_kernels(bench)
