"""How well the searches find things: called by bench/quality, which has built the extension and started a server.

quality_sets     the images and the queries, with their answers
quality_tables   stores them, learns whitenings, makes the vectors
rankings         the methods, each one statement
retrieval        the measures
"""

import os
import statistics
import sys
import time
from dataclasses import replace

import command


def methods(query_set, rankings):
    """(name, is it whitened, method for a fold), in the order of the table."""

    def with_and_without_whitening(name, vectors, **rest):
        first = rankings.Vectors(*vectors)
        yield name, False, lambda fold: rankings.Method(first, **rest)
        yield name, True, lambda fold: rankings.Method(replace(first, fold=fold), **rest)

    def vectors(name, kind, pooling):
        for is_expanded in (False, True):
            yield from with_and_without_whitening(name, (kind, pooling), is_expanded=is_expanded)

    known_as = {"sum": "sum (SPoC)", "max": "max (MAC)", "gem": "gem, exponent 3"}
    for pooling in query_set.poolings:
        yield from vectors(f"whole image, {known_as[pooling]}", "whole", pooling)
    yield from vectors("R-MAC vector", "rmac", "max")
    yield from vectors("R-MAC regions", "regions", "max")

    for pooling in query_set.poolings:
        for is_expanded in (False, True):
            method = rankings.Method(rankings.Windows(pooling), is_expanded=is_expanded)
            yield f"intsearch, {pooling}", False, lambda fold, method=method: method

    for dimensions, power in query_set.whitened_maps:
        name = f"intsearch, sum, {dimensions} channels" + ("" if power == 1 else f", power {power}")
        yield name, True, lambda fold, dimensions=dimensions, power=power: rankings.Method(
            rankings.Windows("sum", rankings.WhitenedMaps(dimensions, power, fold))
        )

    second = rankings.Windows(query_set.refining)
    for kind, name in (("rmac", "R-MAC vector"), ("regions", "R-MAC regions")):
        for percent in (5, 10, 25, 50):
            for is_expanded in (False, True) if percent == 25 else (False,):
                yield from with_and_without_whitening(
                    f"{name}, intsearch {query_set.refining} on {percent} %",
                    (kind, "max"),
                    second=second,
                    percent=percent,
                    is_expanded=is_expanded,
                )


def measure(session, query_set, table, name, is_whitened, method_for):
    """A row of the table."""
    import boxes
    from retrieval import SAME_PLACE, average_precision, overlap

    precisions = {kind: [] for kind in query_set.kinds}
    overlaps, milliseconds = [], []
    for number, query in enumerate(query_set.queries):
        method = method_for(query.fold)
        sql = method.sql(number)
        if number == 0:
            session.execute(sql)
        start = time.perf_counter()
        rows = session.execute(sql).fetchall()
        milliseconds.append(1000 * (time.perf_counter() - start))
        precisions[query.kind].append(
            average_precision([image for image, _ in rows], query.answers)
        )
        if query_set.has_boxes:
            found = {image: boxes.corners(box) for image, box in rows}
            overlaps += [overlap(found.get(image), box) for image, box in query.answers.items()]

    cells = [f"{statistics.mean(values):.3f}" for values in precisions.values()]
    if query_set.has_boxes:
        found = statistics.mean(value >= SAME_PLACE for value in overlaps)
        cells += [f"{statistics.mean(overlaps):.3f}", f"{found:.0%}"]
    signs = ["yes" if is_so else "" for is_so in (is_whitened, method.is_expanded)]
    table.add(name, *signs, *cells, f"{statistics.median(milliseconds):.1f}")


def head(query_set):
    precisions = [
        "mAP" if len(query_set.kinds) == 1 else f"mAP, {kind}" for kind in query_set.kinds
    ]
    places = ["mean IoU", "IoU ≥ 0.5"] if query_set.has_boxes else []
    return ("method", "whitened", "expanded", *precisions, *places, "ms a query")


def measured(session, query_set, table):
    """Fills the table; tells of the whitening, as [(vectors, dimensions)]."""
    import quality_tables
    import rankings

    table.announce(query_set.title)
    quality_tables.store_maps(session, query_set)
    sizes = quality_tables.learn_whitenings(session, query_set)
    wanted = [("whole", pooling) for pooling in query_set.poolings] + [
        ("rmac", "max"),
        ("regions", "max"),
    ]
    for kind, pooling in wanted:
        for fold in (None, *query_set.learning):
            quality_tables.store_vectors(session, rankings.Vectors(kind, pooling, fold))
    for dimensions, power in query_set.whitened_maps:
        for fold in query_set.learning:
            quality_tables.store_whitened_maps(
                session, rankings.WhitenedMaps(dimensions, power, fold)
            )
    for method in methods(query_set, rankings):
        measure(session, query_set, table, *method)
    return sizes


def main():
    arguments = command.parse_arguments(
        "bench/quality", "fewer queries", "search this folder's maps of one building, too"
    )
    if arguments.check:
        return

    import database
    import quality_sets
    from table import Table

    busy = os.getloadavg()[0]
    print("describing the photographs and the crops", file=sys.stderr)
    query_sets = quality_sets.crops(arguments.quick)
    left_out = "no folder of maps was given"
    if arguments.maps is not None:
        views, others = quality_sets.views_and_others(arguments.maps)
        left_out = (
            None
            if views
            else f"the folder {arguments.maps.name} does not hold its maps among others"
        )
        if views:
            query_sets = [
                quality_sets.building(views, others, arguments.quick),
                quality_sets.pasted(views, others, arguments.quick),
                *quality_sets.details(views, others, arguments.maps, arguments.quick),
                *query_sets,
            ]

    session = database.connect()
    print(
        f"{database.value(session, 'SELECT intsearch_version()')}; {database.value(session, 'SELECT version()')}"
    )
    print(command.processor())
    for query_set in query_sets:
        table = Table(head(query_set))
        sizes = measured(session, query_set, table)
        learnt = ", ".join(
            f"{dimensions} dimensions from {vectors} windows" for vectors, dimensions in sizes
        )
        print(f"\n{query_set.title}.\nWhitening: {learnt}.\n\n{table}", flush=True)
    if left_out is not None:
        print(f"\nOne building: left out, {left_out}.")
    busy_after = os.getloadavg()[0]
    print(
        f"\nLoad average {busy:.1f} before the run, {busy_after:.1f} at its end (of which the bench is about 1)"
    )


if __name__ == "__main__":
    main()
