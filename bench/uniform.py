"""Maps on which many windows score alike: uniform ones, pages and drawings, against all windows under Numba."""

import numpy as np

import maps
import plain_gem
import plain_max
import plain_search
import poolings
from database import search_counts, store_arrays, stored_values
from plain_search import aspect_range
from poolings import ASPECTS, HEIGHT, MAX, SIZE, WIDTH
from ratios import MapByMap, at_most
from scaling import windows_of

# What a search may take of the time of all windows under Numba, and of their number.
TARGET = 2
EXPONENT = 3


def with_ground(values, is_ground):
    """The map, with the vector of its fullest cell wherever is_ground, [height][width], is true; and that vector."""
    fullest = np.unravel_index(values.astype(np.float32).sum(0).argmax(), values.shape[1:])
    ground = values[:, fullest[0], fullest[1]]
    return np.where(is_ground, ground[:, None, None], values), ground.astype(np.float32)


def grounds():
    """{name: [height][width]}: all cells, all but a box as a figure on a page, and two of three rows as between lines."""
    page = np.ones((HEIGHT, WIDTH), dtype=bool)
    page[HEIGHT // 3 : HEIGHT // 2, WIDTH // 4 : WIDTH // 2] = False
    lines = np.ones((HEIGHT, WIDTH), dtype=bool)
    lines[1::3] = False
    return {"uniform": np.ones((HEIGHT, WIDTH), dtype=bool), "page": page, "lines": lines}


def plain_searches(stored, query):
    """(name, arguments of the query, function of the map, what it takes) for each pooling."""
    interval = aspect_range()
    integral = plain_search.channel_last(plain_search.integral_image(stored))
    cells = plain_max.channel_last(stored)

    def all_sums(prepared):
        return plain_search.search_channel_last(prepared, query, *interval)

    def all_maxima(prepared):
        return plain_max.search(prepared, query, *interval)

    def all_means(prepared):
        return plain_gem.search(prepared, query, EXPONENT)

    return (
        ("sum", "", all_sums, integral),
        ("max", MAX, all_maxima, cells),
        ("gem", poolings.gem(EXPONENT), all_means, plain_gem.integral_image(stored, EXPONENT)),
    )


def measure_work(bench, name, sql):
    """Windows scored exactly and sets of windows bounded, of all windows."""
    windows = windows_of(HEIGHT, WIDTH)
    exact, sets = search_counts(bench.session, sql)
    for what, counts in (("windows evaluated exactly", exact), ("sets bounded", sets)):
        bench.table.ratio(
            f"{name}: {what}", "counted", counts, "all windows", [windows] * len(counts), "a map", at_most(TARGET)
        )


def measure_ground(bench, name, values, ground):
    """The ground as the query, so that all windows of it tie for the best score."""
    table = f"ground_{name}_maps"
    store_arrays(bench.session, f"ground_{name}", [values])
    stored = next(stored_values(bench.session, table))
    for pooling, arguments, search, prepared in plain_searches(stored, poolings.unit(ground)):
        title = f"ties, {name} map of {SIZE}, {pooling}"
        plain = MapByMap([prepared])
        poolings.measure_search(
            bench,
            title,
            table,
            ground,
            arguments,
            "all windows, Numba",
            lambda: plain.milliseconds_a_map(search, 1),
            at_most(TARGET),
        )
        measure_work(bench, title, poolings.best(table, ground, arguments))
    cells = [plain_max.channel_last(stored)]
    poolings.compare_answers(bench, f"ties, {name} map of {SIZE}", table, cells, ground, ASPECTS[0], 1)


def measure(bench):
    fitting = [values for values in bench.maps if values.shape[1] >= HEIGHT and values.shape[2] >= WIDTH]
    values = fitting[0][:, :HEIGHT, :WIDTH] if fitting else maps.make_map(0, 512, HEIGHT, WIDTH)
    for name, is_ground in grounds().items():
        bench.table.announce(f"ties on a map with a ground, {name}")
        measure_ground(bench, name, *with_ground(values, is_ground))
