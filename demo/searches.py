"""The demo's searches: what is looked for, in which statement, and what has to come first."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Search:
    title: str
    story: str
    source: str  # the photograph that the query comes from
    region: tuple  # x1, y1, x2, y2 in the source, pixels
    sql: str
    answer: str  # the photograph that has to come first
    place: tuple  # about where in it: x1, y1, x2, y2 in pixels
    crop: str = None  # the row of crops that the query is taken from, if not from the source


def box(region):
    """x1, y1, x2, y2 -> PostgreSQL's box literal."""
    x1, y1, x2, y2 = region
    return f"box '({x1},{y1}),({x2},{y2})'"


# A crop that someone has: cut out of `source`, enlarged, darkened and saved again as JPEG.
CROP_NAME = "mission patch"
CROP_SOURCE = "astronaut.png"
CROP_REGION = (130, 345, 240, 450)
CROP_SCALE = 1.5
CROP_BRIGHTNESS = 0.5

ENGINE = (320, 220, 450, 350)
SAUCER = (70, 210, 170, 310)
COIN = (130, 101, 178, 147)

SEARCHES = [
    Search(
        title="A detail marked in one photograph, in all the others",
        story="Someone marks the engine in the picture of a stereo camera's left eye. The right "
        "eye's picture has to come first, with the engine further left.",
        source="motorcycle_left.png",
        region=ENGINE,
        sql=f"""\
SELECT file, score, window_box(features, y1, x1, y2, x2, width, height) AS box
FROM images,
     intsearch(features, featquery(
         (SELECT region_vector(features, {box(ENGINE)}, width, height)
          FROM images
          WHERE file = 'motorcycle_left.png'),
         aspect => 1, min_height => 3))
WHERE file <> 'motorcycle_left.png'
ORDER BY score DESC
LIMIT 4;""",
        answer="motorcycle_right.png",
        place=(275, 220, 405, 350),
    ),
    Search(
        title="A crop that was enlarged and darkened",
        story="The query is a picture of its own, described from its pixels: a patch cut out of "
        f"a photograph, enlarged {CROP_SCALE:g} times, at {CROP_BRIGHTNESS:.0%} of its brightness, "
        "and saved again as JPEG.",
        source=CROP_SOURCE,
        region=CROP_REGION,
        sql=f"""\
SELECT file, score, window_box(features, y1, x1, y2, x2, width, height) AS box
FROM images,
     intsearch(features, featquery(
         (SELECT region_vector(features)
          FROM crops
          WHERE name = '{CROP_NAME}'),
         aspect => 1, min_height => 3))
ORDER BY score DESC
LIMIT 4;""",
        answer="astronaut.png",
        place=CROP_REGION,
        crop=CROP_NAME,
    ),
    Search(
        title="Only where the metadata says so",
        story="The red of the saucer: who wears it? Asked among people and animals alone.",
        source="coffee.png",
        region=SAUCER,
        sql=f"""\
SELECT file, score, window_box(features, y1, x1, y2, x2, width, height) AS box
FROM images,
     intsearch(features, featquery(
         (SELECT region_vector(features, {box(SAUCER)}, width, height)
          FROM images
          WHERE file = 'coffee.png'),
         aspect => 1, min_height => 3))
WHERE kind IN ('people', 'animal')
ORDER BY score DESC
LIMIT 4;""",
        answer="astronaut.png",
        place=(20, 300, 140, 430),
    ),
    Search(
        title="Several places in one photograph",
        story="One coin is marked. Which are the places in the same photograph most like it, "
        "that do not overlap? The first is the coin itself.",
        source="coins.png",
        region=COIN,
        sql=f"""\
SELECT file, score, window_box(features, y1, x1, y2, x2, width, height) AS box
FROM images,
     intsearch(features, featquery(
         region_vector(features, {box(COIN)}, width, height),
         min_height => 3, max_height => 3, min_width => 3, max_width => 3),
         max_results => 6, max_overlap => 0)
WHERE file = 'coins.png'
ORDER BY score DESC;""",
        answer="coins.png",
        place=COIN,
    ),
]
