"""Writes 1,000 feature maps as .npy files into a folder: the same ones every time.

    folder_of_maps.py FOLDER
"""

import pathlib
import sys

import numpy as np

MAPS = 1000
CHANNELS = 64


def write_maps(folder):
    random = np.random.default_rng(18)
    for i in range(MAPS):
        height, width = random.integers(8, 17, size=2)
        values = np.maximum(random.normal(size=(CHANNELS, height, width)), 0)
        np.save(folder / f"{i:04}.npy", values.astype(np.float16))


if __name__ == "__main__":
    write_maps(pathlib.Path(sys.argv[1]))
