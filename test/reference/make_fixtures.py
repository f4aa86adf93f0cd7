#!/usr/bin/python3
"""Write the tests' fixtures: feature maps, searches in them, and the answers of a brute force.

    make_fixtures.py OUTDIR

The files are in the text format of COPY; a table for each is created by the pgTAP file that loads it. The same
files are written every time.
"""

import pathlib
import sys

sys.dont_write_bytecode = True  # nothing generated in the source tree

import numpy as np

import maps
import npy_files
from brute_force import Constraints, all_windows, search, search_exactly

# The score of a 16-bit map is within this of float64.
ROUNDING_16_BITS = 2e-5


class Fixtures:
    """The rows of each file to write."""

    def __init__(self):
        self.tables = {
            name: [] for name in ("maps", "searches", "answers", "near", "arrays", "npy_readable", "npy_refused")
        }
        self.values = {}

    def add(self, table, *columns):
        self.tables[table].append(columns)

    def add_map(self, name, values):
        values = np.asarray(values, np.float32)
        self.values[name] = values
        self.add("maps", name, npy_files.npy(values))

    def add_search(self, subject, group, map_name, query, answers, near, **arguments):
        """`answers` and `near` are pairs: windows, scores."""
        search_id = len(self.tables["searches"]) + 1
        constraints = Constraints(**arguments)
        self.add(
            "searches", search_id, subject, group, map_name, np.asarray(query, np.float32), *vars(constraints).values()
        )
        for rank, (window, score) in enumerate(zip(*answers), start=1):
            self.add("answers", search_id, rank, score, *window)
        for window, score in zip(*near):
            self.add("near", search_id, score, *window)

    def expect(self, subject, group, map_name, query, **arguments):
        """A search, answered in float64. Where an answer depends on the one before it, the choice must be clear."""
        query = np.asarray(query, np.float32)
        constraints = Constraints(**arguments)
        answer = search(self.values[map_name], query, constraints)
        near = answer.near_windows, answer.near_scores
        if constraints.max_results > 1 and constraints.max_overlap < 1:
            if answer.lead < 3 * ROUNDING_16_BITS:
                raise ValueError(f"{group}, {map_name}, {arguments}: two windows are nearly equal")
            near = answer.windows, answer.scores
        self.add_search(subject, group, map_name, query, (answer.windows, answer.scores), near, **arguments)

    def expect_clear(self, subject, group, map_name, make_query, **arguments):
        """The same for the first query made that has clear answers."""
        for _ in range(100):
            try:
                return self.expect(subject, group, map_name, make_query(), **arguments)
            except ValueError:
                pass
        raise ValueError(f"{group}, {map_name}, {arguments}: no query has clear answers")

    def expect_exactly(self, group, map_name, query, subject="ties", **arguments):
        """A search in a map made of ties, answered in rational numbers."""
        query = np.asarray(query, np.float32)
        answers = search_exactly(self.values[map_name], query, Constraints(**arguments))
        self.add_search(subject, group, map_name, query, answers, ((), ()), **arguments)

    def write(self, folder):
        for name, rows in self.tables.items():
            text = "".join("\t".join(map(copy_text, row)) + "\n" for row in rows)
            (folder / f"{name}.txt").write_text(text)


def copy_text(value):
    """A value in the text format of COPY."""
    if value is None:
        return r"\N"
    if isinstance(value, bytes):
        return r"\\x" + value.hex()
    if isinstance(value, np.ndarray):
        return "{" + ",".join(map(copy_text, value)) + "}"
    if isinstance(value, np.float32):
        return np.format_float_scientific(value, unique=True)
    if isinstance(value, (float, np.floating)):
        return repr(float(value))
    return str(value)


def region(values, y1, x1, y2, x2, pooling="sum", exponent=3):
    """The pooled vector of a window, as a user's query by example."""
    cells = values[:, y1:y2, x1:x2].astype(np.float64)
    if pooling == "max":
        return cells.max(axis=(1, 2))
    if pooling == "gem":
        return (cells**exponent).sum(axis=(1, 2)) ** (1 / exponent)
    return cells.sum(axis=(1, 2))


def add_photographs(fixtures):
    for name, image in maps.photographs().items():
        fixtures.add_map(name, maps.dense_descriptors(image, signed=False))
    fixtures.add_map("coffee, signed", maps.dense_descriptors(maps.photographs()["coffee"], signed=True))
    values = fixtures.values

    def expect(group, *arguments, **constraints):
        fixtures.expect("search", group, *arguments, **constraints)

    wheel = region(values["motorcycle_left"], 9, 2, 15, 8)
    for name in ("motorcycle_left", "motorcycle_right", "astronaut", "coffee", "chelsea"):
        expect("photographs: a detail of one in all", name, wheel)
    face = region(values["astronaut"], 3, 7, 9, 12)
    for name in ("astronaut", "motorcycle_right"):
        expect("photographs: a detail of one in all", name, face)
        expect("photographs: a negated query", name, -face)
    rng = np.random.default_rng(1)
    for name in ("coffee", "chelsea"):
        expect("photographs: a random query", name, rng.normal(size=len(values[name])))
        expect("photographs: a single channel", name, np.eye(len(values[name]))[40])
    cup = region(values["coffee, signed"], 4, 8, 11, 16)
    for query in (cup, rng.normal(size=len(cup))):
        expect("photographs: signed features", "coffee, signed", query)
    expect("photographs: signed features, a negated query", "coffee, signed", -cup)


def add_random_maps(fixtures):
    rng = np.random.default_rng(2)
    kinds = {"uniform": maps.uniform, "signed": maps.signed, "sparse": maps.sparse, "islands": maps.islands}
    sizes = {
        "odd sizes": ((15, 13, 11), (7, 9, 17), (31, 8, 9), (67, 16, 15), (130, 7, 10), (2, 23, 19)),
        "one row": ((6, 1, 37), (17, 1, 8), (3, 1, 200)),
        "one column": ((6, 41, 1), (16, 9, 1), (3, 200, 1)),
        "one cell": ((1, 1, 1), (5, 1, 1), (64, 1, 1)),
    }
    for size, shapes in sizes.items():
        for shape in shapes:
            for kind, make in kinds.items():
                if kind == "islands" and min(shape[1:]) < 8 or kind == "sparse" and shape[1] * shape[2] == 1:
                    continue
                name = f"{kind} {'x'.join(map(str, shape))}"
                fixtures.add_map(name, make(rng, shape))
                channels = shape[0]
                top, left = shape[1] // 3, shape[2] // 3
                example = region(fixtures.values[name], top, left, top + shape[1] // 2 + 1, left + shape[2] // 2 + 1)
                for query in (rng.normal(size=channels), rng.uniform(size=channels), example):
                    if query.any():
                        fixtures.expect("search", f"random maps: {size}", name, query)
                if kind != "signed":
                    fixtures.expect("search", "random maps: a negated query", name, -rng.uniform(0.1, 1, channels))

    for shape in ((1, 11, 13), (1, 1, 30), (1, 30, 1)):
        name = f"one channel {'x'.join(map(str, shape))}"
        fixtures.add_map(name, maps.uniform(rng, shape))
        # One channel has the scores 1 and -1 alone: every window ties.
        for query in ([0.3], [-0.3]):
            fixtures.expect_exactly("one channel", name, query)
    fixtures.add_map("zero", np.zeros((4, 6, 5)))
    fixtures.expect("search", "random maps: all zero", "zero", [1, 2, 3, 4])
    fixtures.expect("search", "random maps: all zero", "zero", [1, 2, 3, 4], max_results=5, min_height=2)


def add_constraints(fixtures):
    rng = np.random.default_rng(3)

    def expect(group, map_name, **constraints):
        channels = len(fixtures.values[map_name])
        fixtures.expect_clear("constraints", group, map_name, lambda: rng.normal(size=channels), **constraints)

    uniform, signed = "uniform 7x9x17", "signed 15x13x11"
    for name in (uniform, signed):
        for aspect in (0.37, 0.5, 1, 1.7, 4):
            for tolerance in (0.04, 0.2, 0.5, 1, 2.5):
                expect("aspect", name, aspect=aspect, tolerance=tolerance)
        # On the edge: a ratio of 1.5 or 0.5 is not inside 1 - 0.5 and 1 + 0.5.
        expect("the edge of the tolerance", name, aspect=1, tolerance=0.5, min_height=2, max_height=3, max_width=4)
        expect("the edge of the tolerance", name, aspect=1, tolerance=1, max_height=2, max_width=1)
        expect("least and greatest size", name, min_height=4)
        expect("least and greatest size", name, min_width=5)
        expect("least and greatest size", name, max_height=2)
        expect("least and greatest size", name, max_width=3)
        expect("least and greatest size", name, min_height=3, max_height=3, min_width=2, max_width=2)
        expect("least and greatest size", name, min_height=2, max_height=5, min_width=4, max_width=7)
        expect("least and greatest size", name, min_height=9, min_width=11)
        expect("least and greatest size", name, max_height=4000, max_width=1000000)
        expect("aspect and size together", name, aspect=1, tolerance=0.3, min_height=3, max_height=6)
        expect("aspect and size together", name, aspect=2, tolerance=0.3, min_width=2, max_width=4)
        expect("nothing qualifies", name, min_height=14)
        expect("nothing qualifies", name, min_width=18)
        expect("nothing qualifies", name, aspect=50)
        expect("nothing qualifies", name, aspect=1, tolerance=0.001, min_height=2, max_height=3, min_width=4)
        for max_overlap in (0, 0.3, 0.5, 1):
            expect("several results", name, max_results=2, max_overlap=max_overlap)
            expect("several results", name, max_results=7, max_overlap=max_overlap)
            expect("several results, constrained", name, max_results=5, max_overlap=max_overlap, aspect=1, min_width=2)
    photograph = fixtures.values["coffee"]

    def random_region():
        top, left = rng.integers(0, (10, 18))
        return region(photograph, top, left, top + 4, left + 5)

    for max_overlap in (0, 0.3, 0.5, 1):
        for constraints in ({"max_results": 4}, {"max_results": 3, "aspect": 1.2, "min_height": 3}):
            fixtures.expect_clear(
                "constraints",
                "several results in a photograph",
                "coffee",
                random_region,
                max_overlap=max_overlap,
                **constraints,
            )
    fixtures.add_map("small", maps.uniform(rng, (3, 2, 3)))
    expect("more results than windows", "small", max_results=100, max_overlap=1)
    expect("more results than windows", "small", max_results=100, max_overlap=0)
    expect("more results than windows", "small", max_results=100, max_overlap=0.5)
    expect("more results than windows", "small", max_results=2147483647, max_overlap=1)


def add_ties(fixtures):
    """Maps in which windows tie before and after quantisation."""
    exactly = fixtures.expect_exactly
    fixtures.add_map("constant", np.broadcast_to(np.array([0.1, 0.7, 3])[:, None, None], (3, 5, 7)))
    for query in ([1, 1, 1], [0.1, 0.2, 0.3], [-1, -1, -1], [0.1, 0.7, 3]):
        exactly("constant map", "constant", query)
        exactly("constant map, constrained", "constant", query, min_height=2, max_width=3, min_width=2)
        exactly("constant map, constrained", "constant", query, aspect=0.7, tolerance=0.1)
        for max_overlap in (0, 0.3, 0.5, 1):
            exactly("constant map, several results", "constant", query, max_results=9, max_overlap=max_overlap)
    fixtures.add_map("constant, signed", np.broadcast_to(np.array([-0.3, 0.2])[:, None, None], (2, 6, 4)))
    exactly("constant map", "constant, signed", [0.3, 0.1])
    exactly("constant map, several results", "constant, signed", [0.3, 0.1], max_results=6, max_overlap=0.3)

    # Every other cell: the two kinds of cell, and all windows of one content, occur many times.
    rows, columns = np.indices((6, 7))
    board = (rows + columns) % 2
    fixtures.add_map("chequered", np.stack([board, 1 - board, np.ones_like(board)]))
    for query in ([1, 0, 0], [0.3, 0.1, -1], [1, 1, 0], [-1, -2, -1]):
        exactly("chequered map", "chequered", query)
        exactly("chequered map", "chequered", query, max_results=8, max_overlap=0)
        exactly("chequered map", "chequered", query, max_results=8, max_overlap=0.5)
        exactly("chequered map", "chequered", query, aspect=1, min_height=2)

    tile = np.random.default_rng(4).uniform(0.1, 1, (4, 3, 2)).astype(np.float32)
    fixtures.add_map("tiled", np.tile(tile, (1, 3, 4)))
    for query in ([1, 0, 0, 0], [0.3, -0.1, 0.7, 0.2]):
        exactly("tiled map", "tiled", query)
        exactly("tiled map", "tiled", query, max_results=10, max_overlap=0)
        exactly("tiled map", "tiled", query, max_results=10, max_overlap=1)

    # Orthogonal: every score is zero, and the first window that is not empty is the answer.
    blank = np.zeros((3, 5, 6))
    blank[1, 1:, 2:] = 1
    blank[2, 3, 4] = 1
    fixtures.add_map("orthogonal", blank)
    exactly("orthogonal query", "orthogonal", [1, 0, 0])
    exactly("orthogonal query", "orthogonal", [0.1, 0, 0], max_results=6, max_overlap=0.3)
    exactly("orthogonal query", "orthogonal", [1, 0, 0], min_height=3, max_width=2)
    exactly("orthogonal query", "constant, signed", [0.2, 0.3])
    opposed = np.stack([board * 1.0, -board])
    fixtures.add_map("opposed", opposed)
    exactly("orthogonal query", "opposed", [1, 1])

    # Equal scores of windows with different contents: the channels change places.
    rotated = np.array([[[3, 1], [2, 3]], [[2, 3], [1, 2]], [[1, 2], [3, 1]]])
    fixtures.add_map("channels change places", rotated)
    exactly("channels change places", "channels change places", [1, 1, 1], max_results=9, max_overlap=1)
    exactly("channels change places", "channels change places", [0.1, 0.1, 0.1], max_height=1, max_width=1)

    # Sums that cancel: windows without a descriptor in the middle of the map.
    fixtures.add_map("cancelling", np.stack([2.0 * board - 1, 1 - 2.0 * board]))
    for query in ([1, 0], [0, 1], [1, -1], [0.1, 0.3]):
        exactly("cancelling sums", "cancelling", query)
        exactly("cancelling sums", "cancelling", query, max_results=7, max_overlap=0)


def add_poolings(fixtures):
    """Searches by max and gem, in the maps of the others."""
    rng = np.random.default_rng(6)
    values = fixtures.values
    poolings = [{"pooling": "max"}] + [{"pooling": "gem", "exponent": exponent} for exponent in (1, 3, 10, 30)]
    non_negative = ("uniform 15x13x11", "sparse 67x16x15", "islands 31x8x9", "uniform 6x1x37", "uniform 16x9x1")

    def expect(group, *arguments, **constraints):
        fixtures.expect("pooling", group, *arguments, **constraints)

    def expect_clear(group, name, **constraints):
        fixtures.expect_clear("pooling", group, name, lambda: rng.normal(size=len(values[name])), **constraints)

    def expect_of_map(name, pooling):
        channels, height, width = values[name].shape
        top, left = height // 3, width // 3
        example = region(values[name], top, left, top + height // 2 + 1, left + width // 2 + 1, **pooling)
        for query in (rng.normal(size=channels), -rng.uniform(0.1, 1, channels), example):
            if query.any():
                expect("random maps", name, query, **pooling)

    for pooling in poolings:
        wheel = region(values["motorcycle_left"], 9, 2, 15, 8, **pooling)
        for name in ("motorcycle_left", "motorcycle_right", "chelsea"):
            expect("photographs: a detail of one in all", name, wheel, **pooling)
        expect("photographs: a random query", "coffee", rng.normal(size=len(values["coffee"])), **pooling)
        for name in non_negative:
            expect_of_map(name, pooling)
        for name in ("uniform 15x13x11", "sparse 67x16x15"):
            expect_clear("constraints", name, aspect=0.5, tolerance=0.3, **pooling)
            expect_clear("constraints", name, min_height=2, max_height=5, min_width=4, max_width=7, **pooling)
            expect_clear("constraints", name, min_height=99, **pooling)
            for max_overlap in (0, 0.3, 1):
                expect_clear("several results", name, max_results=5, max_overlap=max_overlap, **pooling)
            expect_clear("several results", name, max_results=4, aspect=1, min_width=2, **pooling)
        expect("all zero", "zero", [1, 2, 3, 4], max_results=2, **pooling)

    cup = region(values["coffee, signed"], 4, 8, 11, 16, pooling="max")
    for query in (cup, -cup, rng.normal(size=len(cup))):
        expect("photographs: signed features", "coffee, signed", query, pooling="max")
    for name in ("signed 15x13x11", "signed 7x9x17", "signed 6x1x37", "signed 16x9x1", "signed 5x1x1"):
        expect_of_map(name, {"pooling": "max"})
    for name in ("signed 15x13x11", "signed 7x9x17"):
        expect_clear("several results", name, max_results=5, max_overlap=0.3, pooling="max")

    for name in ("constant", "constant, signed", "chequered", "tiled", "orthogonal", "opposed", "cancelling"):
        channels = len(values[name])
        for query in ((0.3, -0.1, 0.7, 0.2)[:channels], (-1, -2, -1, -1)[:channels]):
            for arguments in ({}, {"max_results": 8, "max_overlap": 0.3}, {"max_results": 9, "max_overlap": 1}):
                fixtures.expect_exactly("ties", name, query, subject="pooling", pooling="max", **arguments)


def add_arrays(fixtures):
    """Arrays whose values are to be read back to half a quantisation step."""
    rng = np.random.default_rng(5)
    scales = 10.0 ** np.arange(-6, 7, 3)[:, None, None]
    arrays = {
        "non-negative": maps.uniform(rng, (6, 5, 7)),
        "signed": maps.signed(rng, (6, 5, 7)),
        "sparse": maps.sparse(rng, (16, 7, 6)),
        "negative": -maps.uniform(rng, (3, 4, 4)),
        "channels of very different scale": maps.uniform(rng, (5, 6, 6)) * scales,
        "signed channels of very different scale": maps.signed(rng, (5, 6, 6)) * scales,
        "a channel of zeros": np.concatenate([maps.uniform(rng, (2, 3, 5)), np.zeros((1, 3, 5))]),
        "all zero": np.zeros((2, 3, 4)),
        "constant": np.full((2, 3, 4), 0.3),
        "one row": maps.signed(rng, (3, 1, 33)),
        "one column": maps.uniform(rng, (3, 33, 1)),
        "one cell": maps.signed(rng, (9, 1, 1)),
        "one value": np.full((1, 1, 1), 0.7),
        "many channels": maps.sparse(rng, (300, 3, 3)),
        "the greatest reals": maps.signed(rng, (2, 3, 3)) * 1e37,
        "small reals": maps.signed(rng, (2, 3, 3)) * 1e-30,
    }
    for name, values in arrays.items():
        fixtures.add("arrays", name, np.asarray(values, np.float64))


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    fixtures = Fixtures()
    add_photographs(fixtures)
    add_random_maps(fixtures)
    add_constraints(fixtures)
    add_ties(fixtures)
    add_poolings(fixtures)
    add_arrays(fixtures)
    for row in npy_files.readable():
        name, layout, file, values = row
        fixtures.add("npy_readable", name, layout, file, values.astype(np.float32))
    for row in npy_files.refused():
        fixtures.add("npy_refused", *row)
    fixtures.write(folder)


if __name__ == "__main__":
    main()
