"""Describes the photographs, stores their feature maps, searches, and writes the gallery.

Called by demo/run, with the server in the environment (PGHOST and its like).
Usage: demo.py FOLDER    (FOLDER keeps the descriptors for the next run, and gets gallery.html)
"""

import io
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
from PIL import Image

import boxes
import describe
import gallery
import photographs
import searches

# A place is found when the box given covers it by this intersection over union: cells are coarse.
SAME_PLACE = 0.3

SCHEMA = f"""\
CREATE EXTENSION intsearch;

CREATE TABLE images (
    file text PRIMARY KEY,
    title text NOT NULL,
    kind text NOT NULL,
    colour boolean NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    features featmap({describe.CHANNELS}) NOT NULL
);

CREATE TABLE crops (
    name text PRIMARY KEY,
    features featmap({describe.CHANNELS}) NOT NULL
);"""

INSERT_IMAGE = "INSERT INTO images VALUES (%s, %s, %s, %s, %s, %s, featmap_from_npy(%s))"
INSERT_CROP = "INSERT INTO crops VALUES (%s, featmap_from_npy(%s))"


@dataclass(frozen=True)
class Answer:
    file: str
    score: float
    box: str  # as PostgreSQL prints it: (x2,y2),(x1,y1)

    @property
    def corners(self):
        """x1, y1, x2, y2 in pixels."""
        return boxes.corners(self.box)


def as_npy(features):
    """The bytes of the .npy file that np.save would write."""
    buffer = io.BytesIO()
    np.save(buffer, features)
    return buffer.getvalue()


def described(path, cache):
    """The features of the image at path, from the cache if neither it nor describe.py is newer."""
    kept = cache / f"{path.name}.npy"
    sources = (path, Path(describe.__file__))
    if kept.exists() and all(kept.stat().st_mtime > source.stat().st_mtime for source in sources):
        return np.load(kept)
    features = describe.describe(Image.open(path))
    # Renamed when complete: an interrupted run must not leave half a file for the next.
    unfinished = kept.with_suffix(".part")
    unfinished.write_bytes(as_npy(features))
    unfinished.replace(kept)
    return features


def describe_all(listed, cache):
    """The photographs' features by file name."""
    print("Describing the photographs (slow the first time, kept for the next)")
    cache.mkdir(parents=True, exist_ok=True)
    features = {}
    start = time.monotonic()
    for number, photograph in enumerate(listed, 1):
        file = photograph["file"]
        before = time.monotonic()
        features[file] = described(photographs.PICTURES / file, cache)
        _, down, across = features[file].shape
        seconds = time.monotonic() - before
        print(f"  {number:2}/{len(listed)}  {file:22} {down:2} x {across:2} cells {seconds:6.2f} s")
    print(f"  {time.monotonic() - start:.1f} s in all\n")
    return features


def cut_crop():
    """The crop of searches.py as someone else would have it: enlarged, darkened, JPEG again."""
    source = photographs.opened(searches.CROP_SOURCE)
    return photographs.cut(
        source, searches.CROP_REGION, searches.CROP_SCALE, searches.CROP_BRIGHTNESS
    )


def store(connection, listed, features, crop):
    print_sql(SCHEMA)
    connection.execute(SCHEMA)
    print_sql(INSERT_IMAGE + ";")
    start = time.monotonic()
    for photograph in listed:
        file = photograph["file"]
        with photographs.opened(file) as image:
            row = (file, photograph["title"], photograph["kind"], image.mode == "RGB", *image.size)
        connection.execute(INSERT_IMAGE, (*row, as_npy(features[file])))
    connection.execute(INSERT_CROP, (searches.CROP_NAME, as_npy(describe.describe(crop))))
    connection.commit()
    connection.autocommit = True
    connection.execute("ANALYZE images")
    count, size = connection.execute(
        "SELECT count(*), pg_size_pretty(sum(pg_column_size(features))) FROM images"
    ).fetchone()
    loaded = sum(map(len, map(as_npy, features.values())))
    print(
        f"{count} feature maps in {time.monotonic() - start:.1f} s: {size}, "
        f"from {loaded // 1024} kB of float16 .npy\n"
    )


def print_sql(sql):
    for line in sql.splitlines():
        print(f"  {line}".rstrip())
    print()


def print_table(names, rows):
    """As psql would: numbers to the right."""
    widths = [max(len(str(value)) for value in column) for column in zip(names, *rows)]
    lines = [" | ".join(name.center(width) for name, width in zip(names, widths))]
    lines.append("-+-".join("-" * width for width in widths))
    for row in rows:
        cells = (f"{value:{width}}" for value, width in zip(row, widths))
        lines.append(" | ".join(cells))
    for line in lines:
        print(f"  {line}".rstrip())


def is_expected(search, answers):
    return (
        bool(answers)
        and answers[0].file == search.answer
        and boxes.intersection_over_union(answers[0].corners, search.place) >= SAME_PLACE
    )


def heat_map(connection, search, file):
    """The cosine of the query and each cell of a photograph, [cells down][across], or None."""
    if search.crop:
        query, values = "region_vector(features) FROM crops WHERE name = %s", (search.crop,)
    else:
        query = "region_vector(features, %s::text::box, width, height) FROM images WHERE file = %s"
        values = ("({},{}),({},{})".format(*search.region), search.source)
    row = connection.execute(
        f"SELECT similarity_map(features, (SELECT {query})) FROM images WHERE file = %s",
        (*values, file),
    ).fetchone()
    return row and row[0]


def run_search(connection, number, search):
    """The answers, printed under the statement that gave them, and whether the first is right."""
    print(f"{number}. {search.title}\n")
    print_sql(search.sql)
    start = time.monotonic()
    cursor = connection.execute(search.sql)
    rows = cursor.fetchall()
    milliseconds = (time.monotonic() - start) * 1000
    print_table([column.name for column in cursor.description], rows)
    answers = [Answer(*row) for row in rows]
    right = is_expected(search, answers)
    verdict = (
        "the expected place comes first" if right else f"EXPECTED: {search.answer} {search.place}"
    )
    print(f"  ({len(rows)} rows in {milliseconds:.0f} ms: {verdict})\n")
    return answers, milliseconds, right


def main(folder):
    sys.stdout.reconfigure(line_buffering=True)
    listed = photographs.listed()
    features = describe_all(listed, folder / "descriptors")
    crop = cut_crop()

    with psycopg.connect(dbname="demo") as connection:
        store(connection, listed, features, crop)
        results = [
            (search, *run_search(connection, number, search))
            for number, search in enumerate(searches.SEARCHES, 1)
        ]
        heat_maps = [
            heat_map(connection, search, answers[0].file) for search, answers, *_ in results
        ]

    page = folder / "gallery.html"
    titles = {photograph["file"]: photograph["title"] for photograph in listed}
    page.write_text(
        gallery.page(
            [
                (search, answers, milliseconds, heat)
                for (search, answers, milliseconds, _), heat in zip(results, heat_maps)
            ],
            titles,
            photographs.PICTURES,
            crop,
        ),
        encoding="utf-8",
    )
    print(f"The pictures with their boxes: {os.path.relpath(page)}")
    if not all(right for *_, right in results):
        sys.exit("demo/run: an expected answer did not come first")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
