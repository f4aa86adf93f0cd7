"""How good a ranking of images is, and a box that was found."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "demo"))

from boxes import intersection_over_union  # noqa: E402

# Where a box is counted as found, as in PASCAL VOC.
SAME_PLACE = 0.5


def average_precision(ranked, relevant):
    """The mean, over the relevant items, of the precision at their place; 0 for one that is not ranked.

    `ranked` are items, the best first, none twice. Without trapezoids: one relevant item at place r gives 1 / r.
    """
    found, precisions = 0, 0.0
    for place, item in enumerate(ranked, 1):
        if item in relevant:
            found += 1
            precisions += found / place
    return precisions / len(relevant)


def overlap(found, truth):
    """Intersection over union of the box found and the true one; 0 where none was found."""
    return 0.0 if found is None else intersection_over_union(found, truth)
