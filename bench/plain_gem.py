"""The search under generalised-mean pooling as its definition has it, under Numba.

Every window is looked at. Its sums of powers are four look-ups in a float64 integral image of the powers, channel
by channel, and its pooled vector their roots; its score is the cosine with the query. One thread, the integral
image made beforehand, channels last.
"""

import numpy as np
from numba import njit

import plain_search


def integral_image(values, exponent):
    """[channels][height][width] -> float64 [height + 1][width + 1][channels], of powers of shares of the greatest."""
    shares = values.astype(np.float64) / values.max()
    return plain_search.channel_last(plain_search.integral_image(shares**exponent))


@njit(fastmath=True)
def search(integral, query, exponent):
    """The best window's score, the window, and the number of windows. `query` has unit length."""
    height, width, channels = integral.shape[0] - 1, integral.shape[1] - 1, integral.shape[2]
    best, window, windows = -2.0, (0, 0, 0, 0), 0
    for y1 in range(height):
        for x1 in range(width):
            for y2 in range(y1 + 1, height + 1):
                for x2 in range(x1 + 1, width + 1):
                    windows += 1
                    product, square = 0.0, 0.0
                    for c in range(channels):
                        total = (
                            integral[y2, x2, c] - integral[y1, x2, c] - integral[y2, x1, c] + integral[y1, x1, c]
                        )
                        pooled = max(total, 0.0) ** (1 / exponent)
                        product += pooled * query[c]
                        square += pooled * pooled
                    if square > 0:
                        score = product / np.sqrt(square)
                        if score > best:
                            best, window = score, (y1, x1, y2, x2)
    return best, window, windows
