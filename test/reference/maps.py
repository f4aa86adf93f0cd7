"""The feature maps of the tests, as float32 arrays [channels][height][width]."""

import numpy as np
from skimage import color, data, feature

GRID_STEP = 24  # pixels between descriptors: small enough maps to look at every window


def photographs():
    """scikit-image's sample photographs by name."""
    left, right, _ = data.stereo_motorcycle()
    return {
        "motorcycle_left": left,
        "motorcycle_right": right,
        "astronaut": data.astronaut(),
        "coffee": data.coffee(),
        "chelsea": data.chelsea(),
    }


def dense_descriptors(image, signed):
    """Gradient orientation histograms around the points of a grid, and their colour in Lab. `signed` keeps the
    two opponent colour axes as they are; otherwise each is split in two non-negative channels."""
    radius = 15
    daisies = feature.daisy(
        color.rgb2gray(image), step=GRID_STEP, radius=radius, rings=2, histograms=6, orientations=8
    )
    lab = color.rgb2lab(image)[radius::GRID_STEP, radius::GRID_STEP][: daisies.shape[0], : daisies.shape[1]] / 100
    lightness, opponents = lab[..., :1], lab[..., 1:]
    if not signed:
        opponents = np.concatenate([np.maximum(opponents, 0), np.maximum(-opponents, 0)], axis=2)
    descriptors = np.concatenate([daisies, lightness / 4, opponents], axis=2)
    return np.ascontiguousarray(descriptors.transpose(2, 0, 1), np.float32)


def uniform(rng, shape):
    return rng.uniform(0.05, 1, shape).astype(np.float32)


def signed(rng, shape):
    return rng.uniform(-1, 1, shape).astype(np.float32)


def sparse(rng, shape):
    """Like the output of a ReLU layer: about 13 % of the values are not zero."""
    return np.where(rng.uniform(size=shape) < 0.13, uniform(rng, shape), 0).astype(np.float32)


def islands(rng, shape):
    """All zero but for two patches, so that most small windows have no descriptor."""
    values = np.zeros(shape, np.float32)
    _, height, width = shape
    for top, left in ((1, 1), (height // 2 + 1, width // 2 + 1)):
        patch = values[:, top : top + height // 4, left : left + width // 4]
        patch[...] = uniform(rng, patch.shape)
    return values
