"""The gallery: one HTML file with the searches, their statements, and the answers' pictures."""

import base64
import colorsys
import html
import io

from PIL import Image

PICTURE_SIDE = 480  # pixels, the longest side of a picture in the page

STYLE = """
:root {
  --ink: #1c2733; --soft: #5c6b7a; --line: #dde3e9; --paper: #f5f7f9; --mark: #ffb000;
  --accent: #1766b3;
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif;
}
header, section { max-width: 1240px; margin: 0 auto; padding: 0 28px; }
header { padding-top: 36px; }
h1 { font-size: 28px; margin: 0 0 6px; letter-spacing: -.01em; }
h2 { font-size: 20px; margin: 0 0 4px; }
p { margin: 0; color: var(--soft); max-width: 78ch; }
section { padding-top: 34px; }
section:last-child { padding-bottom: 48px; }
details { margin: 10px 0 16px; }
summary { cursor: pointer; color: var(--accent); font-size: 14px; }
pre {
  margin: 8px 0 0; padding: 14px 16px; background: #fff; border: 1px solid var(--line);
  border-radius: 8px; overflow-x: auto;
  font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace;
}
.row { display: grid; grid-template-columns: 232px 1fr; gap: 20px; align-items: start; }
.answers { display: grid; grid-template-columns: repeat(auto-fill, minmax(216px, 1fr)); gap: 16px; }
.answers.alone { grid-template-columns: minmax(0, 620px); }
figure {
  margin: 0; background: #fff; border: 1px solid var(--line); border-radius: 8px;
  overflow: hidden;
}
figure.query { border: 2px solid var(--accent); }
.picture {
  background: #e9edf1; display: flex; align-items: center; justify-content: center;
  height: 172px;
}
.query .picture { height: auto; padding: 12px; }
.query .picture img { max-width: 100%; max-height: 200px; }
.alone .picture { height: auto; }
svg { display: block; width: 100%; height: 100%; }
figcaption {
  padding: 9px 12px 11px; font-size: 13px; color: var(--soft); border-top: 1px solid var(--line);
}
figcaption b { display: block; color: var(--ink); font-size: 14px; }
.heat .label { display: block; }
.heat { margin-top: 16px; border: 1px solid var(--line) !important; }
.score { color: var(--ink); font-variant-numeric: tabular-nums; }
.label {
  color: var(--accent); font-size: 11px; font-weight: 600; letter-spacing: .07em;
  text-transform: uppercase;
}
@media (max-width: 720px) { .row { grid-template-columns: 1fr; } }
"""


def data_uri(image):
    small = image.convert("RGB")
    small.thumbnail((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.LANCZOS)
    jpeg = io.BytesIO()
    small.save(jpeg, "JPEG", quality=86)
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.getvalue()).decode("ascii")


def outlined(corners, unit, label=None):
    """SVG of a box: a bright line on a dark one shows on any picture."""
    x1, y1, x2, y2 = corners
    rectangle = (
        f'<rect x="{x1:.1f}" y="{y1:.1f}" width="{x2 - x1:.1f}" height="{y2 - y1:.1f}" fill="none"'
    )
    lines = f'{rectangle} stroke="#000" stroke-opacity=".55" stroke-width="{5 * unit:.2f}"/>'
    lines += f'{rectangle} stroke="#ffb000" stroke-width="{2.6 * unit:.2f}"/>'
    if label is None:
        return lines
    side = 15 * unit
    return lines + (
        f'<rect x="{x1:.1f}" y="{y1:.1f}" width="{side:.1f}" height="{side:.1f}" fill="#ffb000"/>'
        f'<text x="{x1 + side / 2:.1f}" y="{y1 + side * 0.78:.1f}" font-size="{side * 0.8:.1f}" '
        f'font-family="sans-serif" font-weight="bold" text-anchor="middle" fill="#1c2733">'
        f"{label}</text>"
    )


def picture_with_boxes(image, boxes, shown_width, labelled):
    """SVG in the picture's own pixels, so that the boxes are drawn as the database gave them."""
    width, height = image.size
    unit = max(width / shown_width, height / 172 if not labelled else 0)
    drawn = "".join(
        outlined(corners, unit, rank if labelled else None)
        for rank, corners in reversed(list(enumerate(boxes, 1)))
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img">'
        f'<image href="{data_uri(image)}" width="{width}" height="{height}"/>{drawn}</svg>'
    )


def query_figure(search, pictures, titles, crop):
    """The crop, or the photograph with the box that was marked in it."""
    if search.crop:
        width, height = crop.size
        shown, origin = f'<img src="{data_uri(crop)}" alt="the query">', "cut out of"
    else:
        x1, y1, x2, y2 = search.region
        width, height, origin = x2 - x1, y2 - y1, "marked in"
        shown = picture_with_boxes(
            Image.open(pictures / search.source), [search.region], 208, labelled=False
        )
    return (
        f'<figure class="query"><div class="picture">{shown}</div>'
        f'<figcaption><span class="label">Query</span>'
        f"<b>{width} &times; {height} pixels</b>{origin} "
        f"{html.escape(titles[search.source])}</figcaption></figure>"
    )


def heat_colour(share):
    """From dark blue, the least similar cell, over red to yellow, the most similar."""
    hue = (240 + 180 * share) % 360
    return tuple(
        round(255 * part) for part in colorsys.hls_to_rgb(hue / 360, 0.18 + 0.4 * share, 0.9)
    )


def heat_figure(heat, file, pictures):
    """The first answer's photograph below the similarities of its cells."""
    known = [value for row in heat for value in row if value is not None]
    low, reach = min(known), max(max(known) - min(known), 1e-9)
    cells = Image.new("RGBA", (len(heat[0]), len(heat)))
    cells.putdata(
        [
            (0, 0, 0, 0) if value is None else (*heat_colour((value - low) / reach), 166)
            for row in heat
            for value in row
        ]
    )
    photograph = Image.open(pictures / file).convert("RGBA")
    photograph.alpha_composite(cells.resize(photograph.size, Image.Resampling.NEAREST))
    return (
        f'<figure class="query heat"><div class="picture">'
        f'<img src="{data_uri(photograph)}" alt="heat map"></div>'
        '<figcaption><span class="label">Heat map</span>'
        "How like the query each cell of the first answer is, "
        "from blue to yellow</figcaption></figure>"
    )


def answer_figure(rank, answers, pictures, titles, alone):
    """One photograph: the only one of its search with all its boxes, or one of several."""
    file = answers[0].file
    image = Image.open(pictures / file)
    svg = picture_with_boxes(
        image, [answer.corners for answer in answers], 620 if alone else 240, labelled=alone
    )
    scores = " &nbsp; ".join(
        (f"{number}: " if alone else "score ") + f"{answer.score:.4f}"
        for number, answer in enumerate(answers, 1)
    )
    name = html.escape(titles[file])
    return (
        f'<figure><div class="picture">{svg}</div><figcaption>'
        f"<b>{'' if alone else f'{rank}. '}{name}</b>"
        f'<span class="score">{scores}</span></figcaption></figure>'
    )


def section(number, search, answers, milliseconds, heat, titles, pictures, crop):
    by_file = {}
    for answer in answers:
        by_file.setdefault(answer.file, []).append(answer)
    alone = len(by_file) == 1
    figures = "".join(
        answer_figure(rank, found, pictures, titles, alone)
        for rank, found in enumerate(by_file.values(), 1)
    )
    heat_map = heat_figure(heat, answers[0].file, pictures) if heat else ""
    return (
        f"<section><h2>{number}. {html.escape(search.title)}</h2><p>{html.escape(search.story)}</p>"
        f"<details><summary>The statement, answered in {milliseconds:.0f} ms</summary>"
        f"<pre>{html.escape(search.sql)}</pre></details>"
        f'<div class="row"><div>{query_figure(search, pictures, titles, crop)}{heat_map}</div>'
        f'<div class="answers{" alone" if alone else ""}">{figures}</div></div></section>'
    )


def page(results, titles, pictures, crop):
    """results: (search, answers, milliseconds, heat map); titles by file; pictures, a folder."""
    sections = "".join(
        section(number, *result, titles, pictures, crop) for number, result in enumerate(results, 1)
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>intsearch: what is where in {len(titles)} photographs</title>"
        f"<style>{STYLE}</style></head>"
        "<body><header><h1>What is where in "
        f"{len(titles)} photographs</h1><p>Each search is one SQL statement on PostgreSQL with the "
        "extension intsearch. An answer is a photograph and the window in it whose descriptor is "
        "nearest to the query's. The score is their cosine: 1 for the same mixture of shapes and "
        "colours, whatever its size and brightness; what counts as alike depends on the "
        "descriptors, so scores rank the answers of one search, and do not compare from search "
        "to search.</p></header>"
        f"{sections}</body></html>\n"
    )
