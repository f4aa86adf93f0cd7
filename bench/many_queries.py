"""Several query vectors for a map, late interaction, and descriptors of whole maps."""

import numpy as np

import maps
from database import literal, milliseconds_a_row, reading, store_arrays, stored_values
from ratios import MapByMap, interleave

QUERIES = 8
QUERY_WINDOW = (3, 4, 12, 14)
SETTINGS = "aspect => 1"

GRID, PATCH_CHANNELS, TOKENS = 32, 128, 32  # the patch grid of a ColPali page, and a short question

# Inner products of the same stored values in double and in single precision differ by less than this part.
ROUNDING = 1e-5


def query_vectors(bench):
    """float64 [QUERIES][channels]: the same window of maps that are spread over the table."""
    chosen = bench.crops[:: len(bench.crops) // QUERIES][:QUERIES]
    return np.stack([maps.window_vector(values, *QUERY_WINDOW) for values in chosen])


def matrix(vectors):
    """SQL text of a real[][]."""
    return "'{" + ",".join(literal(vector)[1:].split("'")[0] for vector in vectors) + "}'::real[]"


def featquery(vector):
    """SQL text of a query."""
    return f"featquery({literal(vector)}, {SETTINGS})"


def measure_many(bench):
    """One statement for all queries, with a call for each or with one call."""
    bench.table.announce("several queries of a map")
    vectors = query_vectors(bench)
    singles = " UNION ALL ".join(f"SELECT {featquery(vector)}" for vector in vectors)
    rows = len(bench.crops) * QUERIES
    queries = ", ".join(featquery(vector) for vector in vectors)
    together = f"SELECT sum(score) FROM crops_maps, intsearch_many(features, ARRAY[{queries}])"
    alone = f"SELECT sum(score) FROM crops_maps, ({singles}) AS q (query), intsearch(features, query)"
    a, b = interleave(
        bench.rounds,
        lambda: milliseconds_a_row(bench.session, together, rows, repeats=1),
        lambda: milliseconds_a_row(bench.session, alone, rows, repeats=1),
    )
    name = f"{QUERIES} queries of a map together, aspect 1"
    bench.table.ratio(name, "intsearch_many", a, "intsearch", b, "ms a query and map")


def measure_late_interaction(bench):
    """max_sim against NumPy's matrix product, whose maps are ready in memory."""
    bench.table.announce("late interaction")
    patches = [maps.make_signed_map(seed, PATCH_CHANNELS, GRID, GRID) for seed in range(24)]
    store_arrays(bench.session, "patches", patches)
    random = np.random.default_rng(7)
    tokens = random.standard_normal((TOKENS, PATCH_CHANNELS)).astype(np.float32)
    tokens /= np.linalg.norm(tokens, axis=1, keepdims=True)
    values = [stored.reshape(PATCH_CHANNELS, -1) for stored in stored_values(bench.session, "patches_maps")]

    def product(stored):
        return (tokens @ stored).max(axis=1).sum()

    sql = f"SELECT max_sim(features, {matrix(tokens)}) FROM patches_maps ORDER BY id"
    scores = [score for (score,) in bench.session.execute(sql)]
    expected = np.array([product(stored) for stored in values])
    largest = np.abs(scores - expected).max() / np.abs(expected).max()
    if not largest < ROUNDING:
        bench.table.answer_is_wrong(f"max_sim differs by {largest:.1e} from NumPy's")
    clock = MapByMap(values)
    a, b = interleave(
        bench.rounds,
        lambda: milliseconds_a_row(bench.session, sql, len(patches), repeats=1),
        lambda: clock.milliseconds_a_map(product, len(values)),
    )
    name = f"late interaction, {TOKENS} vectors, {GRID} x {GRID} x {PATCH_CHANNELS}"
    bench.table.ratio(name, "max_sim", a, "NumPy, float32 in memory", b, "ms a map")


def measure_descriptors(bench):
    bench.table.announce("descriptors of whole maps")
    rows = len(bench.crops)
    for name, expression in (("R-MAC", "rmac(features)"), ("MAC", "region_vector(features, 'max')")):
        sql = f"SELECT sum(({expression})[1]) FROM crops_maps"
        a, b = interleave(
            bench.rounds,
            lambda: milliseconds_a_row(bench.session, sql, rows),
            lambda: milliseconds_a_row(bench.session, reading("crops_bytes"), rows),
        )
        bench.table.ratio(f"{name} of a map", name, a, "reading", b, "ms a map")


def measure(bench):
    measure_many(bench)
    measure_late_interaction(bench)
    measure_descriptors(bench)
