"""Approximate max-pooling localisation under Numba: what one would otherwise run under max pooling.

The heuristic of Tolias, Sicre, Jegou, "Particular object retrieval with integral max-pooling of CNN activations"
(ICLR 2016, section 4.2), written from the paper's description. The greatest value of a window is taken to be the
tenth root of the sum of tenth powers, which an integral image of the powers gives in four look-ups. A coarse search
looks at the windows whose edges lie on a grid of 3 cells and whose height / width is near the query region's. The
best one is refined: each edge in turn is moved both ways by 3 cells, then by 2, then by 1, as long as that makes the
window better, at most five times around with each step.

One thread, the integral image made beforehand and held in memory, with the channels last: with the channels first a
window takes a fifth longer. Nearly all of the time goes into the roots; none is taken of a sum that is zero, as most are in
a small window.
"""

import numpy as np
from numba import njit

EXPONENT = 10
GRID = 3
ROUNDS = 5  # of refinement, with each step
ASPECT_FACTOR = 1.1  # a window's height / width is within so much of the query region's


def integral_image(values):
    """Of the tenth powers: [channels][height][width] -> float64 [height + 1][width + 1][channels]."""
    powers = values.astype(np.float64).transpose(1, 2, 0) ** EXPONENT
    return np.ascontiguousarray(np.pad(powers.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0), (0, 0))))


@njit(fastmath=True)
def score_window(integral, query, y1, x1, y2, x2):
    product, square = 0.0, 0.0
    for c in range(query.shape[0]):
        total = integral[y2, x2, c] - integral[y1, x2, c] - integral[y2, x1, c] + integral[y1, x1, c]
        if total > 0:  # what rounding leaves of a small sum beside great ones may be negative
            pooled = np.exp(np.log(total) / EXPONENT)  # a fifth faster than a power
            product += pooled * query[c]
            square += pooled * pooled
    return product / np.sqrt(square) if square > 0 else -2.0


@njit
def search_grid(integral, query, least_aspect, greatest_aspect):
    """The best window on the grid, its score, and the number of windows looked at."""
    height, width = integral.shape[0] - 1, integral.shape[1] - 1
    best, window, windows = -2.0, (0, 0, 0, 0), 0
    for y1 in range(0, height, GRID):
        for x1 in range(0, width, GRID):
            for y2 in range(y1 + GRID, height + 1, GRID):
                for x2 in range(x1 + GRID, width + 1, GRID):
                    aspect = (y2 - y1) / (x2 - x1)
                    if aspect <= least_aspect or aspect >= greatest_aspect:
                        continue
                    windows += 1
                    score = score_window(integral, query, y1, x1, y2, x2)
                    if score > best:
                        best, window = score, (y1, x1, y2, x2)
    return best, window, windows


@njit
def moved(window, edge, step):
    y1, x1, y2, x2 = window
    if edge == 0:
        return y1 + step, x1, y2, x2
    if edge == 1:
        return y1, x1 + step, y2, x2
    if edge == 2:
        return y1, x1, y2 + step, x2
    return y1, x1, y2, x2 + step


@njit
def search(integral, query, least_aspect, greatest_aspect, refined_least, refined_greatest):
    """The window found, and the number of windows looked at. `query` has unit length.

    The first two aspects bound the coarse search, the last two the refinement.
    """
    height, width = integral.shape[0] - 1, integral.shape[1] - 1
    best, window, windows = search_grid(integral, query, least_aspect, greatest_aspect)
    for step in (3, 2, 1):
        for _ in range(ROUNDS):
            before = best
            for edge in range(4):
                start = window
                for way in (-step, step):
                    y1, x1, y2, x2 = moved(start, edge, way)
                    if y1 < 0 or x1 < 0 or y2 > height or x2 > width or y1 >= y2 or x1 >= x2:
                        continue
                    aspect = (y2 - y1) / (x2 - x1)
                    if aspect <= refined_least or aspect >= refined_greatest:
                        continue
                    windows += 1
                    score = score_window(integral, query, y1, x1, y2, x2)
                    if score > best:
                        best, window = score, (y1, x1, y2, x2)
            if best == before:
                break
    return window, windows
