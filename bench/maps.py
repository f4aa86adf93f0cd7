"""The maps that are measured: those of a folder, or maps that are made up.

A made-up map looks like the activations of a late convolutional layer after its ReLU. 24 fields of white noise
are smoothed by a Gaussian of 1.5 cells: what is in the picture, and where. Every channel is a random mixture of
them (the same mixture in all maps, as a network's weights are), plus smooth noise of its own, of unit variance
together. Each channel has its own threshold, drawn so that 13 % of all values exceed theirs, and its own scale;
what does not exceed the threshold is zero. Stored as float16.
"""

import pathlib

import numpy as np

MADE = "made up: 24 smooth fields, mixed into channels, minus a threshold a channel, 13 % non-zero"

FIELDS = 24
SMOOTHNESS = 1.5  # standard deviation of the Gaussian, in cells
OWN_NOISE = 0.5  # share of a channel's variance that no other channel has
THRESHOLD_SPREAD = 0.5
NONZERO_QUANTILE = 1.126  # a standard normal variable exceeds it with probability 0.13


def smooth_noise(random, count, height, width):
    """[count][height][width], unit variance, smoothed by a Gaussian."""
    margin = round(4 * SMOOTHNESS)  # the Fourier transform wraps around
    shape = (height + margin, width + margin)
    rows, columns = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])
    gaussian = np.exp(-2 * (np.pi * SMOOTHNESS) ** 2 * (rows**2 + columns**2))
    noise = np.fft.irfft2(np.fft.rfft2(random.standard_normal((count, *shape))) * gaussian, s=shape)
    return (noise / noise.std())[:, :height, :width]


def make_map(seed, channels, height, width):
    """float16 [channels][height][width], as the head of this file describes it."""
    network = np.random.default_rng(channels)
    mixture = network.standard_normal((channels, FIELDS))
    mixture /= np.linalg.norm(mixture, axis=1, keepdims=True)
    spread = THRESHOLD_SPREAD * network.standard_normal(channels)
    thresholds = NONZERO_QUANTILE * np.hypot(1, THRESHOLD_SPREAD) + spread
    scales = 30 * np.exp(0.7 * network.standard_normal(channels))

    random = np.random.default_rng([seed, channels, height, width])
    shared = np.tensordot(mixture, smooth_noise(random, FIELDS, height, width), axes=1)
    own = smooth_noise(random, channels, height, width)
    response = np.sqrt(1 - OWN_NOISE) * shared + np.sqrt(OWN_NOISE) * own
    return (np.maximum(response - thresholds[:, None, None], 0) * scales[:, None, None]).astype(np.float16)


def make_signed_map(seed, channels, height, width):
    """Smooth and dense, of both signs, as a transformer's patch embeddings."""
    random = np.random.default_rng([seed, channels, height, width, 1])
    return smooth_noise(random, channels, height, width).astype(np.float16)


def make_noise_map(seed, channels, height, width):
    """As sparse as made-up maps are, but no cell tells anything about its neighbours."""
    noise = np.random.default_rng([seed, channels, height, width, 2]).standard_normal((channels, height, width))
    return (30 * np.maximum(noise - NONZERO_QUANTILE, 0)).astype(np.float16)


def window_vector(values, y1, x1, y2, x2):
    """The unit vector of a window: the sum over its cells, divided by its length."""
    total = values[:, y1:y2, x1:x2].astype(np.float64).sum(axis=(1, 2))
    return total / np.linalg.norm(total)


def load_folder(folder):
    """{name: float16 [channels][height][width]}, of a folder's .npy files that hold such an array."""
    maps = {}
    for path in sorted(pathlib.Path(folder).glob("*.npy")):
        values = np.load(path)
        if values.ndim == 3 and values.dtype == np.float16:
            maps[path.stem] = values
    return maps


def crops(maps, count, height, width):
    """`count` crops of height x width cells: from all maps in turn, at places spread evenly over each map."""
    maps = [values for values in maps if values.shape[1] >= height and values.shape[2] >= width]
    turns = -(-count // len(maps))
    taken = []
    for i in range(count):
        values = maps[i % len(maps)]
        down, across = values.shape[1] - height + 1, values.shape[2] - width + 1
        y, x = divmod(i // len(maps) * down * across // turns, across)
        taken.append(np.ascontiguousarray(values[:, y : y + height, x : x + width]))
    return taken
