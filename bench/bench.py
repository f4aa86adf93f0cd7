"""How fast the search is, and how small: called by bench/run, which has built the extension and started a server.

Each module measures a subject and adds its rows to one table:
    against_plain   the search under Numba, and whether the answers are the same
    against_reading what a query costs beside fetching the values; parallel workers, bits, kernels
    poolings        max and gem, against all windows and against the paper's heuristic under Numba
    many_queries    several query vectors for a map, late interaction, descriptors of whole maps
    storing         construction, loading, size
    uniform         maps on which many windows score alike
    scaling         large maps, cost against map size and number of rows, memory, cancelling
"""

import os
import sys
from dataclasses import dataclass, field

import command
import maps

HEIGHT, WIDTH, CHANNELS = 18, 16, 512  # the problem most rows are about

HOW_TO_READ = """\
How to read it. Every row compares two things that were measured in the same run, in turn (A B, B A, A B, ...), so
that whatever else the machine was doing fell on both. A and B are medians over the rounds; "A / B" is the median of
the rounds' ratios, "least .. greatest" their range. A target is for the ratio, or, with an A before it, for A
itself; in parentheses is what we would wish for. Times of searches are the client's clock around a whole query,
divided by the rows it reads: one process unless the row says otherwise, everything in memory. "Plain search" is
the definition under Numba (bench/plain_search.py; for max bench/plain_max.py), the integral images ready in memory
and not counted; the heuristic is that of the paper (bench/plain_heuristic.py), with the same care.
"Reading" fetches values of equally many bytes and looks at the last byte of each. "Aspect 1" is height / width
between 0.8 and 1.2, "any aspect" is every window. MB and KB are 10^6 and 10^3 bytes."""


@dataclass
class Bench:
    """What the measurements share."""

    session: object
    table: object
    quick: bool
    crops: list  # float16 [CHANNELS][HEIGHT][WIDTH], row by row those of the table `crops`
    maps: list  # those of the crops
    query_map: object  # what is searched for: a window of this map
    query_window: tuple
    query: object = None  # its unit vector, float64
    large: object = None  # float16, the map of 42 x 63 cells
    rounds: int = field(init=False)

    def __post_init__(self):
        self.rounds = 5 if self.quick else 11


def find_maps(folder):
    """{name: map}, and what they are."""
    if folder is not None:
        found = maps.load_folder(folder)
        fitting = {
            name: values
            for name, values in found.items()
            if values.shape[0] == CHANNELS and values.shape[1] >= HEIGHT and values.shape[2] >= WIDTH
        }
        if not fitting:
            sys.exit(f"no .npy file in {folder} holds float16 [{CHANNELS}][>= {HEIGHT}][>= {WIDTH}]")
        return fitting, f"{len(fitting)} maps of the folder {folder.name}"
    print("making maps", file=sys.stderr)
    made = {f"made_{seed}": maps.make_map(seed, CHANNELS, 31, 31) for seed in range(12)}
    made["made_large"] = maps.make_map(100, CHANNELS, 42, 63)
    return made, f"{len(made)} maps, {maps.MADE}"


def find_query(named):
    """A vector to look for: a window of a photograph whose subject is in other maps, else of the first map."""
    name, window = next(iter(named)), (3, 4, 12, 14)
    if "sacre_coeur_3" in named:
        name, window = "sacre_coeur_3", (3, 8, 12, 22)
    return name, window


def main():
    arguments = command.parse_arguments("bench/run", "fewer rounds", "measure on the feature maps of this folder")
    if arguments.check:
        return

    import numba
    import numpy as np

    import against_plain
    import against_reading
    import database
    import many_queries
    import poolings
    import ratios
    import scaling
    import storing
    import uniform

    busy = os.getloadavg()[0]
    session = database.connect()
    table = ratios.Ratios()
    named, described = find_maps(arguments.maps)
    count = 240 if arguments.quick else 600
    query_map, window = find_query(named)
    bench = Bench(
        session,
        table,
        arguments.quick,
        crops=maps.crops(list(named.values()), count, HEIGHT, WIDTH),
        maps=list(named.values()),
        query_map=named[query_map],
        query_window=window,
    )
    bench.large = next((m for m in named.values() if m.shape[1:] == (42, 63)), None)
    if bench.large is None:
        bench.large = maps.make_map(100, CHANNELS, 42, 63)

    bench.query = database.region_vector(session, bench.query_map, window)

    table.announce("storing the maps")
    database.store_arrays(session, "crops", bench.crops)
    database.make_bytes_like(session, "crops_bytes", "crops_maps", "crops")
    database.make_table(
        session,
        "crops_maps_16",
        "id integer, features featmap",
        "SELECT id, featmap_from_npy(npy, bits => 16) FROM crops",
    )

    against_plain.measure(bench)
    against_reading.measure(bench)
    poolings.measure(bench)
    uniform.measure(bench)
    many_queries.measure(bench)
    storing.measure(bench)
    scaling.measure(bench)

    busy_after = os.getloadavg()[0]
    nonzero = np.mean([np.mean(values != 0) for values in bench.crops])
    print(f"{database.value(session, 'SELECT intsearch_version()')}; {database.value(session, 'SELECT version()')}")
    print(f"{command.processor()}; Numba {numba.__version__}, NumPy {np.__version__}")
    print(f"Load average {busy:.1f} before the run, {busy_after:.1f} at its end (of which the bench is about 1)")
    print(
        f"Maps: {described}; {len(bench.crops)} crops of {HEIGHT} x {WIDTH} cells, {CHANNELS} channels,"
        f" {nonzero:.1%} non-zero. Query: window {window} of {query_map}."
    )
    print(f"\n{table}\n\n{HOW_TO_READ}\n")
    for message in table.left_out:
        print(f"Left out: {message}")
    for message in table.wrong:
        print(f"WRONG: {message}")
    if table.missed:
        print("Targets missed:")
        for message in table.missed:
            print(f"- {message}")
    else:
        print("All targets met.")
    sys.exit(1 if table.wrong else 0)


if __name__ == "__main__":
    main()
