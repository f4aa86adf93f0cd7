"""Dense descriptors: a feature map of an image, without a neural network.

The image is divided into cells of 16 x 16 pixels. Each cell has 109 channels:
- 104 of texture: a DAISY descriptor (Tola, Lepetit and Fua, PAMI 2010; scikit-image's `daisy`)
  around the cell's centre, 13 histograms of 8 gradient orientations each;
- 5 of colour, from CIELAB.

A search compares sums of these vectors over windows by their cosine. So the channels are made
alike in energy, and what all cells have in common is taken out: a common part adds up over a
window, and would make all large windows look the same. What changes with the light, the contrast
and the brightness, is divided out.
"""

import numpy as np
from PIL import Image
from skimage.color import rgb2lab
from skimage.feature import daisy

CELL = 16  # pixels, the side of a cell
LONGEST_SIDE = 768  # pixels; larger images are reduced to it
CHANNELS = 109

RADIUS = 24  # pixels, from a cell's centre to the centres of DAISY's outer ring
ORIENTATIONS = 8

# Sum of a cell's histograms below which its gradients are noise: 2 % of a photograph's median.
NOISE = 0.23

# Five channels of colour against 104 of texture: these weights give both a say.
CHROMA_WEIGHT = 0.3
CHROMA_SPREAD_WEIGHT = 0.5
LIGHTNESS_SPREAD_WEIGHT = 0.25


def fit_to_cells(image):
    """A PIL image -> RGB with both sides multiples of CELL, reduced if it exceeds LONGEST_SIDE."""
    scale = min(1.0, LONGEST_SIDE / max(image.size))
    width, height = (max(CELL, round(side * scale / CELL) * CELL) for side in image.size)
    return image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)


def texture(rgb):
    """[height][width][3] in 0..1 -> [cells down][cells across][104], signed."""
    grey = rgb @ np.array([0.2125, 0.7154, 0.0721])
    # Mirrored edges put the first descriptor at the centre of the first cell, the last at the last.
    margin = RADIUS - CELL // 2
    histograms = daisy(
        np.pad(grey, (margin, margin + 1), mode="reflect"),
        step=CELL,
        radius=RADIUS,
        rings=2,
        histograms=6,
        orientations=ORIENTATIONS,
        normalization="off",
    )
    # The square root of shares, as in RootSIFT (Arandjelovic and Zisserman, CVPR 2012).
    shares = histograms / (histograms.sum(axis=2, keepdims=True) + NOISE)
    roots = np.sqrt(shares).reshape(*shares.shape[:2], -1, ORIENTATIONS)
    # What matters is which orientations stand out, not that there are any.
    return (roots - roots.mean(axis=3, keepdims=True)).reshape(shares.shape)


def colour(rgb):
    """[height][width][3] in 0..1 -> [cells down][cells across][5], signed."""
    lab = rgb2lab(rgb)
    # L + 16, a and b are all proportional to the cube root of the light, so that a photograph that
    # is darkened keeps their ratios.
    lightness = lab[..., :1] + 16
    chroma = lab[..., 1:] / lightness

    def cells(pixels):
        height, width, channels = pixels.shape
        return pixels.reshape(height // CELL, CELL, width // CELL, CELL, channels)

    return np.concatenate(
        [
            CHROMA_WEIGHT * cells(chroma).mean(axis=(1, 3)),
            CHROMA_SPREAD_WEIGHT * cells(chroma).std(axis=(1, 3)),
            LIGHTNESS_SPREAD_WEIGHT * cells(np.log(lightness)).std(axis=(1, 3)),
        ],
        axis=2,
    )


def describe(image):
    """A PIL image -> its feature map, float16 [CHANNELS][cells down][cells across]."""
    rgb = np.asarray(fit_to_cells(image), dtype=np.float64) / 255
    cells = np.concatenate([texture(rgb), colour(rgb)], axis=2)
    return np.ascontiguousarray(cells.transpose(2, 0, 1), dtype=np.float16)
