"""The search as design.md defines it, by brute force.

Nothing here is clever: every window of a map is looked at, its vector is pooled from the raw (unquantised)
values, and its score is the cosine with the query. A summed vector is four look-ups in a float64 integral image;
the greatest values of a channel, and the sums of their powers, are gathered row by row and column by column.
`search` works in float64; `search_exactly` works in rational numbers, for maps made so that windows tie.

A window is (y1, x1, y2, x2), half open, in cells. Windows are always listed in ascending order of that tuple,
which is also the tie rule: of equal scores, the first in the list wins.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Optional

import numpy as np

# A pooled vector shorter than this part of the map's largest value is rounding left over from the float64
# integral image: the true sum is zero, and the window has no descriptor.
ZERO_NORM = 1e-9

# Scores closer than this tie, as in window.h. Windows with the same pooled vector do, whatever float64 makes of them.
SCORE_RESOLUTION = 2.0**-40


@dataclass(frozen=True)
class Constraints:
    """The arguments of intsearch() after the query, with the same defaults."""

    aspect: Optional[float] = None
    tolerance: float = 0.2
    pooling: str = "sum"
    exponent: float = 3
    max_results: int = 1
    max_overlap: float = 0.5
    min_height: int = 1
    max_height: Optional[int] = None
    min_width: int = 1
    max_width: Optional[int] = None


def all_windows(height, width):
    """Every window of a height x width map: an integer array [windows][4], ascending."""
    y1, y2 = np.triu_indices(height + 1, 1)
    x1, x2 = np.triu_indices(width + 1, 1)
    rows = np.repeat(np.stack([y1, y2], axis=1), len(x1), axis=0)
    columns = np.tile(np.stack([x1, x2], axis=1), (len(y1), 1))
    windows = np.stack([rows[:, 0], columns[:, 0], rows[:, 1], columns[:, 1]], axis=1)
    return windows[np.lexsort(windows.T[::-1])]


def integral_image(values):
    """[channels][height + 1][width + 1], in float64."""
    sums = values.astype(np.float64).cumsum(axis=1).cumsum(axis=2)
    return np.pad(sums, ((0, 0), (1, 0), (1, 0)))


def summed(values, windows):
    """The summed vector of each window: [windows][channels]."""
    corners = integral_image(values).transpose(1, 2, 0)
    y1, x1, y2, x2 = windows.T
    return corners[y2, x2] - corners[y1, x2] - corners[y2, x1] + corners[y1, x1]


def gathered(ufunc, values):
    """What `ufunc` makes of the cells of each window, in the order of all_windows(): [windows][channels]."""
    channels, height, width = values.shape
    vectors = []
    for y1 in range(height):
        rows = ufunc.accumulate(values[:, y1:], axis=1)
        for x1 in range(width):
            vectors.append(ufunc.accumulate(rows[:, :, x1:], axis=2).reshape(channels, -1).T)
    return np.concatenate(vectors)


def pooled_vectors(values, windows, constraints):
    """The pooled vector of each of `windows`, which are all_windows(): [windows][channels]."""
    values = values.astype(np.float64)
    if constraints.pooling == "sum":
        return summed(values, windows)
    if constraints.pooling == "max":
        return gathered(np.maximum, values)
    # ratios, because powers of the values themselves could leave the range of float64
    greatest = values.max(axis=(1, 2), keepdims=True)
    ratios = np.divide(values, greatest, out=np.zeros_like(values), where=greatest > 0)
    return greatest[:, 0, 0] * gathered(np.add, ratios**constraints.exponent) ** (1 / constraints.exponent)


def window_scores(values, query, windows, constraints):
    """The cosine of the query with every window's pooled vector; NaN where that vector is zero."""
    query = np.asarray(query, np.float64)
    vectors = pooled_vectors(values, windows, constraints)
    norms = np.sqrt(np.einsum("wc,wc->w", vectors, vectors))
    described = norms > ZERO_NORM * np.abs(values).max()
    scores = np.full(len(windows), np.nan)
    scores[described] = (vectors @ (query / np.linalg.norm(query)))[described] / norms[described]
    return scores


def satisfies(windows, constraints):
    """Which windows the aspect and the least and greatest height and width allow."""
    height = windows[:, 2] - windows[:, 0]
    width = windows[:, 3] - windows[:, 1]
    allowed = (height >= constraints.min_height) & (width >= constraints.min_width)
    if constraints.max_height is not None:
        allowed &= height <= constraints.max_height
    if constraints.max_width is not None:
        allowed &= width <= constraints.max_width
    if constraints.aspect is not None:
        ratio = height / width / constraints.aspect
        allowed &= (ratio > 1 - constraints.tolerance) & (ratio < 1 + constraints.tolerance)
    return allowed


def intersection_over_union(windows, window):
    """The overlap of each of `windows` with `window`."""
    y1, x1, y2, x2 = windows.T
    inner_height = np.minimum(y2, window[2]) - np.maximum(y1, window[0])
    inner_width = np.minimum(x2, window[3]) - np.maximum(x1, window[1])
    shared = np.maximum(inner_height, 0) * np.maximum(inner_width, 0)
    areas = (y2 - y1) * (x2 - x1)
    return shared / (areas + (window[2] - window[0]) * (window[3] - window[1]) - shared)


def greedy(windows, order, constraints):
    """Indices of the answers, best first. `windows` are those that qualify; `order` lists them best first."""
    answers = []
    remaining = np.ones(len(windows), bool)
    for index in order:
        if len(answers) == constraints.max_results:
            break
        if remaining[index]:
            answers.append(index)
            remaining &= intersection_over_union(windows, windows[index]) <= constraints.max_overlap
            remaining[index] = False
    return answers


def lead(windows, scores, answers, constraints):
    """How far each answer was ahead of the best window that could have been taken instead, but for those that tie
    with it: the least over the answers. Answers whose lead is more than twice the rounding are the same after it."""
    least = np.inf
    remaining = np.ones(len(windows), bool)
    for index in answers:
        remaining[index] = False
        behind = remaining & (scores < scores[index] - SCORE_RESOLUTION)
        if behind.any():
            least = min(least, scores[index] - scores[behind].max())
        remaining &= intersection_over_union(windows, windows[index]) <= constraints.max_overlap
    return least


@dataclass(frozen=True)
class Answer:
    windows: np.ndarray  # [answers][4], best first
    scores: np.ndarray  # [answers]
    near_windows: np.ndarray  # those that qualify and score at least the worst answer's score - near
    near_scores: np.ndarray
    lead: float


def search(values, query, constraints, near=4e-5):
    """The answer of intsearch(), with the windows so near to it that rounding may put them in its place."""
    windows = all_windows(*values.shape[1:])
    scores = window_scores(values, query, windows, constraints)
    qualify = satisfies(windows, constraints) & ~np.isnan(scores)
    windows, scores = windows[qualify], scores[qualify]
    answers = greedy(windows, np.argsort(-np.rint(scores / SCORE_RESOLUTION), kind="stable"), constraints)
    close = scores >= (scores[answers].min() if answers else np.inf) - near
    return Answer(
        windows[answers], scores[answers], windows[close], scores[close], lead(windows, scores, answers, constraints)
    )


def search_exactly(values, query, constraints):
    """The answer of intsearch() in rational arithmetic: windows, best first, and their scores rounded to float64.

    Scores are compared as score * |score|, a rational number, so that equal scores are equal. For small maps, and
    poolings without roots.
    """
    exact = np.vectorize(Fraction, otypes=[object])
    cells = exact(values.astype(np.float64))
    pool = {"sum": np.sum, "max": np.max}[constraints.pooling]
    query = exact(np.asarray(query, np.float64))
    square = query @ query
    windows, keys = [], []
    candidates = all_windows(*values.shape[1:])
    for y1, x1, y2, x2 in candidates[satisfies(candidates, constraints)]:
        vector = pool(cells[:, y1:y2, x1:x2], axis=(1, 2))
        norm = vector @ vector
        if norm > 0:
            product = vector @ query
            windows.append((y1, x1, y2, x2))
            keys.append(product * abs(product) / (norm * square))
    windows = np.array(windows, int).reshape(-1, 4)
    answers = greedy(windows, sorted(range(len(keys)), key=lambda i: -keys[i]), constraints)
    scores = [float(np.sign(float(keys[i])) * np.sqrt(float(abs(keys[i])))) for i in answers]
    return windows[answers], np.array(scores)
