"""The search under max pooling as its definition has it, under Numba.

Every window of a map that the aspect allows is looked at. Its pooled vector is made from that of the window one
column narrower, so that a window takes one pass over the channels; its score is the cosine with the query. One
thread, float64, channels last.
"""

import numpy as np
from numba import njit


def channel_last(values):
    """[channels][height][width] -> float64 [height][width][channels]."""
    return np.ascontiguousarray(values.transpose(1, 2, 0), dtype=np.float64)


@njit(fastmath=True)
def widen(pooled, column, query):
    """Pools one more column; returns query . pooled and |pooled|^2. A function of its own, so that it is vectorised."""
    product, square = 0.0, 0.0
    for c in range(query.shape[0]):
        greatest = max(pooled[c], column[c])
        pooled[c] = greatest
        product += greatest * query[c]
        square += greatest * greatest
    return product, square


@njit(fastmath=True)
def search(values, query, least_aspect, greatest_aspect):
    """The best window's score, the window, and the number of windows. `query` has unit length.

    Windows with the same pooled vector have the same score to the last bit; the smallest of them is the answer.
    """
    height, width, channels = values.shape
    columns = np.empty((width, channels))  # pooled over the rows y1 .. y2
    pooled = np.empty(channels)
    best, window, windows = -2.0, (0, 0, 0, 0), 0
    for y1 in range(height):
        columns[:] = values[y1]
        for y2 in range(y1 + 1, height + 1):
            columns[:] = np.maximum(columns, values[y2 - 1])
            for x1 in range(width):
                pooled[:] = columns[x1]
                for x2 in range(x1 + 1, width + 1):
                    aspect = (y2 - y1) / (x2 - x1)
                    if aspect <= least_aspect:
                        break  # wider ones are below it, too
                    product, square = widen(pooled, columns[x2 - 1], query)
                    if aspect >= greatest_aspect:
                        continue
                    windows += 1
                    if square > 0:
                        score = product / np.sqrt(square)
                        if score > best or (score == best and (y1, x1, y2, x2) < window):
                            best, window = score, (y1, x1, y2, x2)
    return best, window, windows


@njit(fastmath=True)
def score_window(values, query, window):
    """The score of one window."""
    y1, x1, y2, x2 = window
    product, square = 0.0, 0.0
    for c in range(values.shape[2]):
        greatest = values[y1:y2, x1:x2, c].max()
        product += greatest * query[c]
        square += greatest * greatest
    return product / np.sqrt(square)
