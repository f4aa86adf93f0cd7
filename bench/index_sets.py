"""Maps and queries for the index.

Every sixth map is kept out of all tables: queries are windows of these. The others are the set of real maps, and
what mosaics are made of: pieces of two to four maps, cut out at random places, half of them mirrored, and put
together at seams. A mosaic shares whole windows with others, so there are many whose scores differ in the third
digit: a harder set than as many photographs.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

KEPT_OUT = 6
LEAST_SIDE = 8  # cells; smaller maps are passed over

# Maps that show the same in describe_photographs: a photograph and its quarters.
A_PHOTOGRAPH = 5


@dataclass(frozen=True)
class Kind:
    """Of queries."""

    name: str
    areas: tuple  # least and greatest, in shares of a map
    has_aspect: bool  # is the window's own asked for
    recall: float  # that is aimed at, among real maps


KINDS = [
    Kind("3-40 %", (0.03, 0.4), False, 0.99),
    Kind("3-40 %, aspect", (0.03, 0.4), True, 0.99),
    Kind("0.5-3 %", (0.005, 0.03), False, 0.97),
    Kind("0.5-3 %, aspect", (0.005, 0.03), True, 0.97),
]


@dataclass(frozen=True)
class Query:
    vector: np.ndarray
    aspect: float | None  # height / width
    pooling: str

    @property
    def literal(self):
        """The query as SQL text, so that parsing it is part of a query's time."""
        numbers = ",".join(f"{float(x):.9g}" for x in self.vector)
        aspect = "" if self.aspect is None else f" aspect={self.aspect!r}"
        return f"'{{{numbers}}} pooling={self.pooling}{aspect}'::featquery"


def load_maps(path, channels):
    """[maps] of a folder or an .npz file, with as many channels as the first has, or `channels`."""
    if path.is_dir():
        arrays = (np.load(file) for file in sorted(path.glob("*.npy")))
    else:
        archive = np.load(path)
        arrays = (archive[name] for name in archive.files)
    found = []
    for values in arrays:
        if values.ndim != 3 or min(values.shape[1:]) < LEAST_SIDE:
            continue
        channels = channels or values.shape[0]
        if values.shape[0] >= channels and (not found or values.dtype == found[0].dtype):
            found.append(np.ascontiguousarray(values[:channels]))
    if len(found) < 2 * KEPT_OUT:
        sys.exit(f"{path} holds {len(found)} maps that can be used; it takes {2 * KEPT_OUT}")
    return found


def describe_photographs(channels):
    """[maps] of the sample photographs and of their quarters, those of a photograph together."""
    import quality_sets

    pictures = sorted(quality_sets.pictures(), key=lambda taken: taken[0])
    with ProcessPoolExecutor() as pool:
        described = list(pool.map(quality_sets.describe.describe, [picture for *_, picture in pictures]))
    return [values[:channels].astype(np.float16) for values in described]


def kept_out(found, together=1):
    """(maps for the tables, maps for queries); `together` maps show the same."""
    groups = [number // together for number in range(len(found))]
    stored = [values for values, group in zip(found, groups) if group % KEPT_OUT]
    return stored, [values for values, group in zip(found, groups) if group % KEPT_OUT == 0]


def piece(random, sources, height, width):
    """A random window of one of the maps that are large enough, mirrored or not."""
    fitting = [values for values in sources if values.shape[1] >= height and values.shape[2] >= width]
    values = fitting[random.integers(len(fitting))]
    y = random.integers(values.shape[1] - height + 1)
    x = random.integers(values.shape[2] - width + 1)
    window = values[:, y : y + height, x : x + width]
    return window[:, :, ::-1] if random.random() < 0.5 else window


def join(random, sources, height, width, depth):
    """Two pieces at a seam across the longer side, one of which may be a mosaic itself."""
    is_tall = height > width
    length = height if is_tall else width
    seam = random.integers(length // 3, length - length // 3 + 1)
    parts = []
    for share in (seam, length - seam):
        size = (share, width) if is_tall else (height, share)
        is_mosaic = depth > 0 and min(size) >= 4 and random.random() < 0.5
        parts.append(join(random, sources, *size, depth - 1) if is_mosaic else piece(random, sources, *size))
    return np.concatenate(parts, axis=1 if is_tall else 2)


def mosaic(sources, number, side):
    """A mosaic that follows from its number, of the size of a source map but at most `side` high and wide."""
    random = np.random.default_rng([number, 14])
    _, height, width = sources[random.integers(len(sources))].shape
    return join(random, sources, min(height, side or height), min(width, side or width), 1)


def pooled(values, pooling):
    """The vector of a window, not yet of unit length."""
    if pooling == "max":
        return values.max(axis=(1, 2))
    if pooling == "gem":
        return np.cbrt((values**3).sum(axis=(1, 2)))
    return values.sum(axis=(1, 2))


def random_window(random, height, width, areas):
    """(height, width) with an area in `areas`, shares of the map, and a side at most twice the other."""
    area = np.exp(random.uniform(*np.log(areas))) * height * width
    aspect = np.exp(random.uniform(-np.log(2), np.log(2)))
    down = int(np.clip(round(np.sqrt(area * aspect)), 1, height))
    return down, int(np.clip(round(area / down), 1, width))


def make_queries(sources, count, kind, pooling):
    """`count` windows of maps that are in no table, from these in turn."""
    random = np.random.default_rng([round(1000 * kind.areas[0]), kind.has_aspect])
    queries = []
    while len(queries) < count:
        values = sources[len(queries) % len(sources)].astype(np.float64)
        down, across = random_window(random, *values.shape[1:], kind.areas)
        y = random.integers(values.shape[1] - down + 1)
        x = random.integers(values.shape[2] - across + 1)
        vector = pooled(values[:, y : y + down, x : x + across], pooling)
        if vector.any():
            queries.append(Query(vector / np.linalg.norm(vector), down / across if kind.has_aspect else None, pooling))
    return queries
