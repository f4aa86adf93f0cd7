"""Maps on which many windows score alike: uniform ones, pages and drawings, against all windows under Numba."""

import numpy as np

import maps
import plain_max
import poolings
from database import store_arrays, stored_values
from poolings import ASPECTS, HEIGHT, SIZE, WIDTH
from ratios import a_at_most
from scaling import windows_of

# What a search may take of the time of all windows under Numba.
TARGET = 2


def with_ground(values, is_ground):
    """The map, with the vector of its fullest cell wherever is_ground, [height][width], is true."""
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


def measure_ground(bench, name, values, ground):
    """The ground as the query, so that all windows of it tie for the best score."""
    table = f"ground_{name}"
    store_arrays(bench.session, table, [values])
    stored = [plain_max.channel_last(array) for array in stored_values(bench.session, f"{table}_maps")]
    title = f"ties, {name} map of {SIZE}"
    poolings.measure_max(
        bench, f"{title}, max", f"{table}_maps", stored, ground, ASPECTS[0], 1, a_at_most(TARGET, "ms")
    )
    poolings.compare_answers(bench, title, f"{table}_maps", stored, ground, ASPECTS[0], 1)
    poolings.measure_counts(
        bench, f"{title}, gem", f"{table}_maps", ground, poolings.gem(3), windows_of(HEIGHT, WIDTH)
    )


def measure(bench):
    fitting = [values for values in bench.maps if values.shape[1] >= HEIGHT and values.shape[2] >= WIDTH]
    values = fitting[0][:, :HEIGHT, :WIDTH] if fitting else maps.make_map(0, 512, HEIGHT, WIDTH)
    for name, is_ground in grounds().items():
        bench.table.announce(f"ties on a map with a ground, {name}")
        measure_ground(bench, name, *with_ground(values, is_ground))
