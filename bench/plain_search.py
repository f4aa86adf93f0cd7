"""The search as its definition has it, under Numba: what a user would otherwise run.

Every window of a map that the aspect allows is looked at. Its summed vector is four look-ups in a float64
integral image, channel by channel; its score is the cosine with the query. One thread, the integral images
made beforehand and held in memory.

The two functions differ in the layout of the integral image alone. `bench.py` measures both and compares the
extension with the faster one, which has been the channel-last one: its inner loop reads four contiguous runs.
"""

import numpy as np
from numba import njit

ANY_ASPECT = 1e9  # greater than any height / width

def integral_image(values):
    """[channels][height][width] -> float64 [channels][height + 1][width + 1].

    Exact for float16 maps of up to 8,192 cells: a sum needs 40 bits, from the least float16 to the greatest,
    and 13 more for the number of cells, and float64 has 53.
    """
    sums = values.astype(np.float64).cumsum(axis=1).cumsum(axis=2)
    return np.ascontiguousarray(np.pad(sums, ((0, 0), (1, 0), (1, 0))))


def channel_last(integral):
    """[channels][height + 1][width + 1] -> [height + 1][width + 1][channels]."""
    return np.ascontiguousarray(integral.transpose(1, 2, 0))


def aspect_range(aspect=None, tolerance=0.2):
    """The open interval in which height / width has to lie."""
    if aspect is None:
        return 0.0, ANY_ASPECT
    return aspect * (1 - tolerance), aspect * (1 + tolerance)


@njit(fastmath=True)
def search_channel_last(integral, query, least_aspect, greatest_aspect):
    """The best window's score, the window, and the number of windows. `query` has unit length."""
    height, width, channels = integral.shape[0] - 1, integral.shape[1] - 1, integral.shape[2]
    best, window, windows = -2.0, (0, 0, 0, 0), 0
    for y1 in range(height):
        for x1 in range(width):
            for y2 in range(y1 + 1, height + 1):
                for x2 in range(x1 + 1, width + 1):
                    aspect = (y2 - y1) / (x2 - x1)
                    if aspect <= least_aspect or aspect >= greatest_aspect:
                        continue
                    windows += 1
                    product, square = 0.0, 0.0
                    for c in range(channels):
                        total = (
                            integral[y2, x2, c] - integral[y1, x2, c] - integral[y2, x1, c] + integral[y1, x1, c]
                        )
                        product += total * query[c]
                        square += total * total
                    if square > 0:
                        score = product / np.sqrt(square)
                        if score > best:
                            best, window = score, (y1, x1, y2, x2)
    return best, window, windows


@njit(fastmath=True)
def search_channel_first(integral, query, least_aspect, greatest_aspect):
    """The same on a channel-first integral image."""
    channels, height, width = integral.shape[0], integral.shape[1] - 1, integral.shape[2] - 1
    best, window, windows = -2.0, (0, 0, 0, 0), 0
    for y1 in range(height):
        for x1 in range(width):
            for y2 in range(y1 + 1, height + 1):
                for x2 in range(x1 + 1, width + 1):
                    aspect = (y2 - y1) / (x2 - x1)
                    if aspect <= least_aspect or aspect >= greatest_aspect:
                        continue
                    windows += 1
                    product, square = 0.0, 0.0
                    for c in range(channels):
                        total = (
                            integral[c, y2, x2] - integral[c, y1, x2] - integral[c, y2, x1] + integral[c, y1, x1]
                        )
                        product += total * query[c]
                        square += total * total
                    if square > 0:
                        score = product / np.sqrt(square)
                        if score > best:
                            best, window = score, (y1, x1, y2, x2)
    return best, window, windows
