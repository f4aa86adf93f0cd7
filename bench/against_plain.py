"""The extension against the plain search under Numba: time, and whether the answers are the same."""

import time

import numpy as np

import plain_search
from database import literal, milliseconds_a_row, npy, search_counts, seconds
from plain_search import aspect_range
from ratios import MapByMap, at_least, interleave

# Rounding to 16 bits moves a score by less than this.
ROUNDING_16_BITS = 2e-5


class PlainSearch:
    """One of the layouts, with the integral images of some maps in memory."""

    def __init__(self, function, integrals, query):
        self.function, self.integrals, self.query = function, integrals, query
        self.clock = MapByMap(integrals)
        function(integrals[0], query, *aspect_range(1))  # compiles

    def search(self, integral, aspect):
        return self.function(integral, self.query, *aspect_range(aspect))

    def milliseconds_a_map(self, aspect, maps):
        return self.clock.milliseconds_a_map(lambda integral: self.search(integral, aspect), maps)


def choose_layout(bench):
    """The faster layout, and a row that says by how much."""
    bench.table.announce("plain search: the layout of the integral image")
    integrals = [plain_search.integral_image(values) for values in bench.crops[:40]]
    first = PlainSearch(plain_search.search_channel_first, integrals, bench.query)
    last_integrals = [plain_search.channel_last(integral) for integral in integrals]
    last = PlainSearch(plain_search.search_channel_last, last_integrals, bench.query)
    for aspect, maps in ((1, 20), (None, 4)):
        a, b = interleave(
            3 if bench.quick else 5,
            lambda: first.milliseconds_a_map(aspect, maps),
            lambda: last.milliseconds_a_map(aspect, maps),
        )
        name = "any aspect" if aspect is None else "aspect 1"
        bench.table.ratio(
            f"plain search, {name}: layout", "channel first", a, "channel last", b, "ms a map"
        )
    return (last, plain_search.channel_last) if np.median(a) > np.median(b) else (first, np.asarray)


def measure_speed(bench, plain):
    for aspect, maps, target in ((1, 40, at_least(170)), (None, 8, at_least(500, 600))):
        name = "any aspect" if aspect is None else "aspect 1"
        windows = plain.search(plain.integrals[0], aspect)[2]
        bench.table.announce(f"plain search against intsearch, {name}")
        argument = "" if aspect is None else f", aspect => {aspect}"
        sql = f"SELECT max(best_score(features, featquery({literal(bench.query)}{argument}))) FROM crops_maps"
        a, b = interleave(
            bench.rounds,
            lambda: plain.milliseconds_a_map(aspect, maps),
            lambda: milliseconds_a_row(bench.session, sql, len(bench.crops)),
        )
        bench.table.ratio(
            f"search against Numba, {name} ({windows:,} windows)", "plain search", a, "intsearch", b, "ms a map", target
        )


def measure_evaluated(bench, plain):
    for aspect in (1, None):
        name = "any aspect" if aspect is None else "aspect 1"
        bench.table.announce(f"windows evaluated, {name}")
        windows = plain.search(plain.integrals[0], aspect)[2]
        argument = "" if aspect is None else f", aspect => {aspect}"
        sql = f"SELECT best_score(features, featquery({literal(bench.query)}{argument})) FROM crops_maps"
        counts, _ = search_counts(bench.session, sql)
        bench.table.ratio(
            f"windows evaluated exactly, of all, {name}",
            "evaluated",
            counts,
            "all",
            [windows] * len(counts),
            "windows a map",
        )


def stored_answers(bench, table, aspect):
    """[maps][score, y1, x1, y2, x2], in the order of the crops."""
    argument = "" if aspect is None else f", aspect => {aspect}"
    rows = bench.session.execute(
        f"SELECT score, y1, x1, y2, x2 FROM {table}"
        f" LEFT JOIN LATERAL intsearch(features, featquery({literal(bench.query)}{argument})) ON true ORDER BY id"
    ).fetchall()
    return [(-2.0, (0, 0, 0, 0)) if row[0] is None else (row[0], row[1:]) for row in rows]


def compare_answers(bench, plain, layout):
    """Score and window of every map, at 16 bits against the limit, at 8 bits for information."""
    query = plain.query.astype(np.float32).astype(np.float64)  # what the server gets
    query /= np.linalg.norm(query)
    for aspect, maps in ((1, len(bench.crops)), (None, 40 if bench.quick else 150)):
        name = "any aspect" if aspect is None else "aspect 1"
        bench.table.announce(f"plain search and intsearch give the same answers, {name}")
        answers = {
            bits: stored_answers(bench, table, aspect) for bits, table in ((16, "crops_maps_16"), (8, "crops_maps"))
        }
        same, largest = {16: 0, 8: 0}, {16: 0.0, 8: 0.0}
        for i, values in enumerate(bench.crops[:maps]):
            expected, window, _ = plain.function(
                layout(plain_search.integral_image(values)), query, *aspect_range(aspect)
            )
            for bits, found in answers.items():
                score, found_window = found[i]
                same[bits] += found_window == window
                largest[bits] = max(largest[bits], abs(score - expected))
                if bits == 16 and found_window != window:
                    check_equally_good(bench, values, query, expected, found_window, f"crop {i}, {name}")
        for bits, limit in ((16, ROUNDING_16_BITS), (8, None)):
            bench.table.add(
                f"answers of {maps} maps at {bits} bits, {name}",
                f"same window: {same[bits]}",
                f"maps: {maps}",
                f"{same[bits] / maps:.3f}",
                f"score differs by at most {largest[bits]:.1e}",
                "" if limit is None else f"score within {limit:g}",
                "" if limit is None else ("met" if largest[bits] <= limit else "NOT met"),
            )
        if largest[16] > ROUNDING_16_BITS:
            bench.table.answer_is_wrong(f"{name}: a score differs by {largest[16]:.1e} from the plain search's")


def check_equally_good(bench, values, query, expected, window, where):
    """Another window than the plain search's has to be as good, but for the rounding of the stored values."""
    y1, x1, y2, x2 = window
    total = values[:, y1:y2, x1:x2].astype(np.float64).sum(axis=(1, 2))
    score = total @ query / max(np.linalg.norm(total), 1e-300)
    if score < expected - 2 * ROUNDING_16_BITS:
        bench.table.answer_is_wrong(f"{where}: window {window} scores {score:.6f}, the best {expected:.6f}")


def measure_large(bench, plain, layout):
    """A map of 1.9 million windows once: it takes the plain search seconds."""
    bench.table.announce("plain search against intsearch on a map of 42 x 63 cells")
    integral = layout(plain_search.integral_image(bench.large))
    start = time.perf_counter()
    expected, window, windows = plain.search(integral, None)
    a = [1000 * (time.perf_counter() - start)]
    sql = f"SELECT score, y1, x1, y2, x2 FROM large_16, intsearch(features, {literal(bench.query)})"
    bench.session.execute(
        "CREATE TEMP TABLE large_16 AS SELECT featmap_from_npy(%b, bits => 16) AS features", [npy(bench.large)]
    )
    seconds(bench.session, sql)
    b = [1000 * seconds(bench.session, sql)]
    score, *found = bench.session.execute(sql).fetchone()
    name = f"search against Numba, 42 x 63 x 512 at 16 bits ({windows:,} windows), once"
    bench.table.ratio(name, "plain search", a, "intsearch", b, "ms")
    if abs(score - expected) > ROUNDING_16_BITS:
        bench.table.answer_is_wrong(f"42 x 63 x 512: score {score:.6f}, the plain search has {expected:.6f}")
    if tuple(found) != window:
        check_equally_good(bench, bench.large, plain.query, expected, tuple(found), "42 x 63 x 512")


def measure(bench):
    plain, layout = choose_layout(bench)
    measure_speed(bench, plain)
    measure_evaluated(bench, plain)
    compare_answers(bench, plain, layout)
    if not bench.quick:
        measure_large(bench, plain, layout)
