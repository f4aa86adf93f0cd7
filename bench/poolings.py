"""Max and gem: the extension against all windows, and against the paper's heuristic, under Numba."""

import numpy as np

import maps
import plain_heuristic
import plain_max
from database import literal, milliseconds_a_row, region_vector, search_counts, store_arrays, stored_values
from plain_heuristic import ASPECT_FACTOR
from plain_search import aspect_range
from ratios import MapByMap, a_at_most, interleave
from scaling import windows_of

HEIGHT, WIDTH = 19, 29
SIZE = f"{HEIGHT} x {WIDTH} x 512"
MAX = ", pooling => 'max'"
ASPECTS = (("any aspect", "", aspect_range()), ("aspect 1", ", aspect => 1", aspect_range(1)))

# Scores of the same stored values, summed in another order, differ by less than this.
ROUNDING = 1e-12


def gem(exponent):
    return f", pooling => 'gem', exponent => {exponent}"


def query_of(bench, pooling=MAX):
    """The query's window under this pooling, as float32, which the server gets."""
    return region_vector(bench.session, bench.query_map, bench.query_window, pooling).astype(np.float32)


def unit(query):
    query = query.astype(np.float64)
    return query / np.linalg.norm(query)


def best(table, query, arguments):
    return f"SELECT max(best_score(features, featquery({literal(query)}{arguments}))) FROM {table}"


def rows_of(bench, table):
    return bench.session.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def store_maps(bench):
    """Tables wide_maps, large_maps, noise_maps, at 8 bits."""
    fitting = [values for values in bench.maps if values.shape[1] >= HEIGHT and values.shape[2] >= WIDTH]
    if not fitting:
        fitting = [maps.make_map(seed, 512, HEIGHT, WIDTH) for seed in range(12)]
    wide = maps.crops(fitting, 40 if bench.quick else 120, HEIGHT, WIDTH)
    store_arrays(bench.session, "wide", [values for values in wide if values.any()])  # each has a best window
    store_arrays(bench.session, "large", [bench.large])
    store_arrays(bench.session, "noise", [maps.make_noise_map(seed, 512, HEIGHT, WIDTH) for seed in range(3)])


def measure_search(bench, name, table, query, pooling, other_name, other, target=None):
    """The time of one search, in turn with something else."""
    bench.table.announce(name)
    sql = best(table, query, pooling)
    rows = rows_of(bench, table)
    a, b = interleave(
        bench.rounds,
        lambda: milliseconds_a_row(bench.session, sql, rows, repeats=1),
        other,
    )
    bench.table.ratio(name, "intsearch", a, other_name, b, "ms a map", target)


def measure_counts(bench, name, table, query, arguments, windows):
    """The share of the windows scored exactly, and how many sets were bounded for it."""
    exact, sets = search_counts(bench.session, best(table, query, arguments))
    for what, counts in (("windows evaluated exactly", exact), ("sets bounded", sets)):
        bench.table.ratio(f"{name}: {what}", "counted", counts, "all windows", [windows] * len(counts), "a map")


def measure_max(bench, name, table, values, query, aspect, count, target):
    """Max against all windows under Numba; `count` is how many maps the latter looks at in each round."""
    aspect_name, argument, interval = aspect
    windows = plain_max.search(values[0], unit(query), *interval)[2]
    plain = MapByMap(values)

    def measure_plain():
        return plain.milliseconds_a_map(lambda stored: plain_max.search(stored, unit(query), *interval), count)

    name = f"{name}, {aspect_name} ({windows:,} windows)"
    measure_search(bench, name, table, query, argument + MAX, "all windows, Numba", measure_plain, target)
    measure_counts(bench, name, table, query, argument + MAX, windows)


def measure_gem(bench):
    """Gem beside max on the same maps."""
    max_sql = best("wide_maps", query_of(bench), MAX)
    rows = rows_of(bench, "wide_maps")
    for exponent, target in ((3, 1.5), (10, 1.2)):
        pooling = gem(exponent)
        query = query_of(bench, pooling)
        name = f"gem, exponent {exponent}, {SIZE}, any aspect"
        measure_search(
            bench,
            name,
            "wide_maps",
            query,
            pooling,
            "max",
            lambda: milliseconds_a_row(bench.session, max_sql, rows, repeats=1),
            a_at_most(target, "ms", 0.8),
        )
        measure_counts(bench, name, "wide_maps", query, pooling, windows_of(HEIGHT, WIDTH))


def answers(bench, table, query, arguments):
    """[maps](score, window), in the order of the table."""
    sql = f"SELECT score, y1, x1, y2, x2 FROM {table}, intsearch(features, featquery({literal(query)}{arguments})) ORDER BY id"
    return [(row[0], row[1:]) for row in bench.session.execute(sql)]


def compare_answers(bench, name, table, values, query, aspect, count):
    """Score and window of some maps against the best of all windows of the same stored values."""
    aspect_name, argument, interval = aspect
    same, largest = 0, 0.0
    found = answers(bench, table, query, argument + MAX)[:count]
    for i, (score, window) in enumerate(found):
        expected, expected_window, _ = plain_max.search(values[i], unit(query), *interval)
        own = plain_max.score_window(values[i], unit(query), window)
        same += window == expected_window
        largest = max(largest, abs(score - expected), abs(own - expected))
    bench.table.add(
        f"answers of {len(found)} maps at their stored values, {name}, {aspect_name}",
        f"same window: {same}",
        f"maps: {len(found)}",
        f"{same / len(found):.3f}",
        f"score differs by at most {largest:.1e}",
        f"score within {ROUNDING:g}",
        "met" if largest <= ROUNDING else "NOT met",
    )
    if largest > ROUNDING:
        bench.table.answer_is_wrong(f"{name}, {aspect_name}: a score differs by {largest:.1e} from the best's")


def measure_noise(bench, values):
    """The worst case: nothing that bounds could gain from, and nothing to be found."""
    random_query = np.random.default_rng(1).standard_normal(512).astype(np.float32)
    other = maps.make_noise_map(len(values), 512, HEIGHT, WIDTH).astype(np.float32)
    for name, query in (("random query", random_query), ("3 x 3 cells of other noise", other[:, :3, :3].max((1, 2)))):
        measure_max(bench, f"max, noise of {SIZE}, {name}", "noise_maps", values, query, ASPECTS[0], 1, None)
        compare_answers(bench, f"noise, {name}", "noise_maps", values, query, ASPECTS[0], len(values))


def measure_heuristic(bench, values):
    """Its time, the windows it looks at, and what it misses, in three ways of heeding the query region's aspect."""
    bench.table.announce("the heuristic's integral images")
    y1, x1, y2, x2 = bench.query_window
    aspect = (y2 - y1) / (x2 - x1)
    near = (aspect / ASPECT_FACTOR, aspect * ASPECT_FACTOR)
    centre = sum(near) / 2
    near_argument = f", aspect => {centre!r}, tolerance => {near[1] / centre - 1!r}"
    free = aspect_range()
    query = query_of(bench)
    integrals = [plain_heuristic.integral_image(stored) for stored in stored_values(bench.session, "wide_maps")]
    clock = MapByMap(integrals)
    for name, coarse, refined, argument, count in (
        ("query's aspect, then any", near, free, "", 20),
        ("query's aspect throughout", near, near, near_argument, 20),
        ("any aspect", free, free, "", 4),
    ):
        bench.table.announce(f"the heuristic, {name}")

        def search(integral, coarse=coarse, refined=refined):
            return plain_heuristic.search(integral, unit(query), *coarse, *refined)

        sql = best("wide_maps", query, argument + MAX)
        a, b = interleave(
            bench.rounds,
            lambda: clock.milliseconds_a_map(search, count),
            lambda: milliseconds_a_row(bench.session, sql, len(values), repeats=1),
        )
        bench.table.ratio(f"heuristic for max, {SIZE}, {name}", "heuristic", a, "intsearch", b, "ms a map")
        compare_heuristic(bench, name, values, [search(integral) for integral in integrals], query, argument, refined)


def compare_heuristic(bench, name, values, found, query, argument, interval):
    """The windows found against the true best ones that the same aspects allow, by their true scores."""
    windows = plain_max.search(values[0], unit(query), *interval)[2]
    looked_at = [count for _, count in found]
    bench.table.ratio(
        f"heuristic, {name}: windows looked at", "counted", looked_at, "all", [windows] * len(found), "a map"
    )
    short = [
        score - plain_max.score_window(stored, unit(query), window)
        for stored, (window, _), (score, _) in zip(
            values, found, answers(bench, "wide_maps", query, argument + MAX), strict=True
        )
    ]
    missed = [difference for difference in short if difference > ROUNDING]
    bench.table.add(
        f"heuristic, {name}: maps whose best window it misses",
        f"missed: {len(missed)}",
        f"maps: {len(short)}",
        f"{len(missed) / len(short):.3f}",
        f"score short by {np.median(missed or [0]):.1e} (median of the missed), {max(short):.1e} (most)",
        "",
        "",
    )
    if min(short) < -ROUNDING:
        bench.table.answer_is_wrong(f"the heuristic ({name}) finds a window better by {-min(short):.1e}")


def measure(bench):
    bench.table.announce("max and gem: storing the maps")
    store_maps(bench)
    query = query_of(bench)
    wide, large, noise = (
        [plain_max.channel_last(stored) for stored in stored_values(bench.session, f"{table}_maps")]
        for table in ("wide", "large", "noise")
    )
    for aspect, target in zip(ASPECTS, (a_at_most(0.5, "ms", 0.3), a_at_most(0.35, "ms", 0.25))):
        measure_max(bench, f"max, {SIZE}", "wide_maps", wide, query, aspect, 2, target)
        compare_answers(bench, "max", "wide_maps", wide, query, aspect, 8 if bench.quick else 40)
    measure_gem(bench)
    measure_max(bench, "max, 42 x 63 x 512", "large_maps", large, query, ASPECTS[0], 1, a_at_most(15, "ms"))
    measure_noise(bench, noise)
    measure_heuristic(bench, wide)
