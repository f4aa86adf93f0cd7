"""Sets of images with queries whose answers are known.

building   The maps of ten photographs of one building, sacre_coeur_0 to _9, among those of other photographs. A query
           is one of the ten, whole, or the middle of it: half or a quarter as high and wide. The other nine are to
           be found. Nobody has marked boxes in them.
pasted     The middle half of each of the ten, pasted into maps of other photographs, at random: what is searched for
           fills about a fifth of an image, and its box is known. A query is the middle half of one of the ten; the
           maps that hold another one's are to be found, and the place in them.
details    Sixths and eighths (in height and in width) of the middle of each of the ten, where the folder has photographs.npz,
           among whose photographs' maps, too, the other nine are to be found.
crops      scikit-image's photographs. A query is a crop at a random place, rescaled, in another light, saved again as
           JPEG, and described again: its photograph is to be found, and its place in it.

Few photographs make an easy search. So quarters of photographs are images of their own, among which the answers are
to be found. What shows the very scene that the query comes from, and is not the answer, is left out of the query's
ranking: the quarters of its own photograph, the other picture of a stereo pair.
"""

import re
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import maps

sys.path.append(str(Path(__file__).resolve().parent.parent / "demo"))

import describe  # noqa: E402
import photographs  # noqa: E402

PASTINGS = 2  # of each photograph of the building

LONGEST_SIDE = 384  # pixels, of the photographs that crops are searched in
CROPS_A_PHOTOGRAPH = 3
SIDE = (0.3, 0.6)  # of a crop, in sides of its photograph; each side for itself
SCALE = (0.7, 1.4)
BRIGHTNESS = (0.6, 1.4)
CONTRAST = (0.7, 1.3)
JPEG_QUALITY = (60, 95)

STEREO_PAIR = {"motorcycle_left", "motorcycle_right"}


@dataclass(frozen=True)
class Image:
    photograph: str  # its name, also of a quarter
    is_whole: bool
    features: np.ndarray  # [channels][height][width]
    width: int  # pixels; cells where only the map is known
    height: int


@dataclass(frozen=True)
class Query:
    kind: str
    features: np.ndarray  # [channels][height][width], of what is searched for alone
    ranked: tuple  # numbers of the images that are ranked
    answers: dict  # number of an image that shows it -> its place there, x1, y1, x2, y2 in pixels, None if unknown
    fold: int  # whose whitening was learnt without the answers


@dataclass(frozen=True)
class QuerySet:
    name: str
    title: str
    images: list
    queries: list
    learning: dict  # fold -> numbers of the images that its whitening is learnt from
    poolings: tuple  # those that can be used
    refining: str  # the pooling of second stages
    whitened_maps: tuple  # (channels, power of the whitening)

    @property
    def kinds(self):
        return list(dict.fromkeys(query.kind for query in self.queries))

    @property
    def has_boxes(self):
        return all(box is not None for query in self.queries for box in query.answers.values())


def quarters(width, height):
    """x1, y1, x2, y2 of the four."""
    x, y = width // 2, height // 2
    return (0, 0, x, y), (x, 0, width, y), (0, y, x, height), (x, y, width, height)


# One building --------------------------------------------------------------------


def middle(values, share):
    """The window of a map in its middle, with `share` of its height and of its width."""
    _, height, width = values.shape
    down, across = round(height * share), round(width * share)
    y, x = (height - down) // 2, (width - across) // 2
    return values[:, y : y + down, x : x + across]


def views_and_others(folder):
    """{name: map} of ten photographs of the building, and of all others; nothing where the folder lacks them."""
    named = {
        name: values
        for name, values in maps.load_folder(folder).items()
        if not name.endswith("_large")
    }
    views = {
        name: values for name, values in named.items() if re.fullmatch(r"sacre_coeur_\d", name)
    }
    channels = {values.shape[0] for values in views.values()}
    others = {
        name: values
        for name, values in named.items()
        if name not in views and {values.shape[0]} == channels
    }
    return (views, others) if len(views) == 10 and others else ({}, {})


def whole_map(name, values):
    return Image(name, True, values, values.shape[2], values.shape[1])


def with_quarters(others):
    """The images that do not show the building."""
    images = [whole_map(name, values) for name, values in others.items()]
    for name, values in others.items():
        for x1, y1, x2, y2 in quarters(values.shape[2], values.shape[1]):
            images.append(Image(name, False, values[:, y1:y2, x1:x2], x2 - x1, y2 - y1))
    return images


def building_set(name, what, images, not_shown, queries):
    return QuerySet(
        name=name,
        title=f"{what}, {images[0].features.shape[0]} channels after a ReLU; {len(images)} images,"
        f" {len(queries)} queries, {len(queries[0].answers)} answers each",
        images=images,
        queries=queries,
        learning={0: list(range(len(not_shown)))},
        poolings=("sum", "max", "gem"),
        refining="max",
        whitened_maps=((128, 1), (256, 0.5)),
    )


def queries_of(views, images, shares, quick):
    """The middle of each view, of each share: what is searched for is the other views."""
    queries = []
    for name, values in list(views.items())[: 3 if quick else None]:
        ranked = tuple(i for i, image in enumerate(images) if image.photograph != name)
        answers = {i: None for i in ranked if images[i].photograph in views}
        for kind, share in shares:
            queries.append(Query(kind, middle(values, share), ranked, answers, fold=0))
    return queries


def building(views, others, quick):
    not_shown = with_quarters(others)
    images = not_shown + [whole_map(name, values) for name, values in views.items()]
    shares = (("whole", 1), ("half", 1 / 2), ("quarter", 1 / 4))
    queries = queries_of(views, images, shares, quick)
    return building_set("building", "One building among others", images, not_shown, queries)


def details(views, others, folder, quick):
    """No set, or one."""
    file = folder / "photographs.npz"
    if not file.exists():
        return []
    not_shown = with_quarters(others) + [
        whole_map(*photograph) for photograph in np.load(file).items()
    ]
    images = not_shown + [whole_map(name, values) for name, values in views.items()]
    queries = queries_of(views, images, (("sixth", 1 / 6), ("eighth", 1 / 8)), quick)
    return [
        building_set("details", "Details of one building among others", images, not_shown, queries)
    ]


def paste(part, canvas, random):
    """The canvas with the part in it at a random place, and the part's box."""
    _, height, width = part.shape
    y = int(random.integers(canvas.shape[1] - height + 1))
    x = int(random.integers(canvas.shape[2] - width + 1))
    values = canvas.copy()
    values[:, y : y + height, x : x + width] = part
    return values, (x, y, x + width, y + height)


def pasted(views, others, quick):
    not_shown = with_quarters(others)
    images = list(not_shown)
    boxes = {}
    for number, (name, values) in enumerate(views.items()):
        random = np.random.default_rng(number)
        part = middle(values, 1 / 2)
        canvases = [
            canvas
            for canvas in others.values()
            if canvas.shape[1] > part.shape[1]
            and canvas.shape[2] > part.shape[2]
            and canvas[0].size >= 4 * part[0].size
        ]
        for canvas in random.choice(len(canvases), PASTINGS, replace=False):
            values, box = paste(part, canvases[canvas], random)
            boxes[len(images)] = box
            images.append(whole_map(name, values))
    queries = []
    for name, values in list(views.items())[: 3 if quick else None]:
        ranked = tuple(i for i, image in enumerate(images) if image.photograph != name)
        answers = {i: boxes[i] for i in ranked if i in boxes}
        queries.append(Query("half", middle(values, 1 / 2), ranked, answers, fold=0))
    return building_set("pasted", "One building, pasted into others", images, not_shown, queries)


# Crops ---------------------------------------------------------------------------


def opened(file):
    return photographs.opened(file).convert("RGB")


def reduced(picture):
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return picture


def pictures():
    """(photograph, is it whole, picture), first all that are whole."""
    files = [row["file"] for row in photographs.listed()]
    for file in files:
        yield Path(file).stem, True, reduced(opened(file))
    for file in files:
        picture = opened(file)
        for quarter in quarters(*picture.size):
            yield Path(file).stem, False, reduced(picture.crop(quarter))


def random_crop(picture, random):
    """A crop as someone else would have it, and its box in the picture."""
    width, height = (round(side * random.uniform(*SIDE)) for side in picture.size)
    x, y = int(random.integers(picture.width - width + 1)), int(
        random.integers(picture.height - height + 1)
    )
    box = (x, y, x + width, y + height)
    crop = photographs.cut(
        picture,
        box,
        scale=random.uniform(*SCALE),
        brightness=random.uniform(*BRIGHTNESS),
        contrast=random.uniform(*CONTRAST),
        quality=int(random.integers(*JPEG_QUALITY, endpoint=True)),
    )
    return crop, box


def halves(features):
    """Signed channels as twice as many without a sign: the positive parts, then the negative ones."""
    return np.concatenate([np.maximum(features, 0), np.maximum(-features, 0)])


def folds(names):
    """{photograph: 0 or 1}, those of a stereo pair in one fold."""
    in_order = dict.fromkeys("stereo pair" if name in STEREO_PAIR else name for name in names)
    fold = {name: number % 2 for number, name in enumerate(in_order)}
    return {name: fold["stereo pair" if name in STEREO_PAIR else name] for name in names}


def crops(quick):
    """Two sets of the same crops: with signed channels, and with twice as many without a sign."""
    taken = list(pictures())
    wanted = []  # number of the photograph, crop, box
    for number, (_, is_whole, picture) in enumerate(taken):
        if is_whole:
            random = np.random.default_rng(number)
            for _ in range(1 if quick else CROPS_A_PHOTOGRAPH):
                wanted.append((number, *random_crop(picture, random)))
    with ProcessPoolExecutor() as pool:
        described = list(pool.map(describe.describe, [picture for *_, picture in taken]))
        described_crops = list(pool.map(describe.describe, [crop for _, crop, _ in wanted]))

    fold = folds([name for name, _, _ in taken])
    learning = {f: [i for i, (name, _, _) in enumerate(taken) if fold[name] != f] for f in (0, 1)}

    def query_set(name, what, change, poolings, refining, whitened_maps):
        images = [
            Image(photograph, is_whole, change(features), *picture.size)
            for (photograph, is_whole, picture), features in zip(taken, described)
        ]
        queries = []
        for (number, _, box), features in zip(wanted, described_crops):
            own = images[number].photograph
            same_scene = STEREO_PAIR if own in STEREO_PAIR else {own}
            ranked = tuple(
                i
                for i, image in enumerate(images)
                if i == number or image.photograph not in same_scene
            )
            queries.append(Query("crop", change(features), ranked, {number: box}, fold[own]))
        return QuerySet(
            name=name,
            title=f"Crops of photographs, {images[0].features.shape[0]} {what}; {len(images)} images,"
            f" {len(queries)} queries, 1 answer each",
            images=images,
            queries=queries,
            learning=learning,
            poolings=poolings,
            refining=refining,
            whitened_maps=whitened_maps,
        )

    return [
        query_set(
            "crops",
            "channels without a sign",
            halves,
            ("sum", "max", "gem"),
            "max",
            ((64, 1), (128, 0.5)),
        ),
        query_set(
            "crops_signed",
            "signed channels",
            lambda features: features,
            ("sum", "max"),
            "sum",
            ((32, 1), (64, 0.5)),
        ),
    ]
