"""Stores .npy and .npz files in a table: the file's name, its map, and the columns of a CSV file.

The table is made unless it is there: file text PRIMARY KEY, the CSV's columns as text, features
featmap. A second run adds what is missing. A file that cannot be stored is named and skipped. An
.npz file gives a map for each of its arrays, named FILE:ARRAY.
"""

import csv
import zipfile
from pathlib import Path

import numpy as np

from .errors import CommandError
from .featmap import npy_bytes
from .storing import Store, connected, prepare_table, stored_names

NAME = "load"
HELP = "store .npy and .npz files"
SUFFIXES = (".npy", ".npz")

# Tokens before those of the cells, as featmap_from_tokens takes them.
MOST_OTHER_TOKENS = 16


def add_arguments(parser):
    parser.add_argument("table", metavar="TABLE", help="a table, or SCHEMA.TABLE")
    parser.add_argument("sources", metavar="FOLDER_OR_FILE", nargs="+", type=Path)
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument(
        "--layout",
        choices=("chw", "hwc"),
        default="chw",
        help="order of an array's dimensions (default: %(default)s)",
    )
    shape.add_argument(
        "--tokens",
        metavar="HxW",
        type=grid,
        help="arrays are a transformer's tokens, the last H x W of which are the cells",
    )
    parser.add_argument("--channels", type=int, help="refuse maps of another number of channels")
    parser.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help="metadata: a CSV file with a column `file`, a file's name as it is stored",
    )


def grid(text):
    height, _, width = text.partition("x")
    return int(height), int(width or height)


def files_of(sources):
    """(name as it is stored, path), in order: below a folder, the path from there."""
    for source in sources:
        if source.is_dir():
            for path in sorted(source.rglob("*")):
                if path.suffix in SUFFIXES and path.is_file():
                    yield path.relative_to(source).as_posix(), path
        elif source.exists():
            yield source.name, source
        else:
            raise CommandError(f"there is no {source}")


def metadata_of(path):
    """The CSV's columns but `file`, and its rows by file."""
    if path is None:
        return [], {}
    with open(path, newline="", encoding="utf-8-sig") as file:
        table = csv.DictReader(file)
        if "file" not in (table.fieldnames or []):
            raise CommandError(f"{path} has no column `file`")
        names = [name for name in table.fieldnames if name != "file"]
        taken = sorted({"features"} & set(names))
        if taken:
            raise CommandError(f"{path} has a column {taken[0]}, which is the map's")
        return names, {row["file"]: row for row in table}


def arrays_of(name, path):
    """(name, function that reads the array) of a file."""
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as archive:
            for key in archive.files:
                yield f"{name}:{key}", archive[key]
    else:
        yield name, np.load(path, allow_pickle=False)


def as_map(array, options):
    """An array [channels][height][width] of what the file holds."""
    if options.tokens:
        return map_of_tokens(array, *options.tokens)
    if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[0] != 1):
        hint = "; for tokens of a transformer, --tokens HxW" if array.ndim == 2 else ""
        raise ValueError(f"array of shape {array.shape} is no feature map{hint}")
    array = array.reshape(array.shape[-3:])
    return array.transpose(2, 0, 1) if options.layout == "hwc" else array


def map_of_tokens(array, height, width):
    """As featmap_from_tokens: the last height x width tokens are the cells."""
    if array.ndim == 3 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 2:
        raise ValueError(f"array of shape {array.shape} is not (tokens, channels)")
    others = len(array) - height * width
    if not 0 <= others <= MOST_OTHER_TOKENS:
        raise ValueError(
            f"array has {len(array)} tokens, expected {height} x {width} = {height * width},"
            f" or up to {MOST_OTHER_TOKENS} more"
        )
    return array[others:].T.reshape(-1, height, width)


def run(options):
    files = list(files_of(options.sources))
    if not files:
        raise CommandError(
            "there are no .npy and .npz files in " + ", ".join(map(str, options.sources))
        )
    names, metadata = metadata_of(options.csv)
    kind = "featmap" if options.channels is None else f"featmap({options.channels})"
    with connected(options) as connection:
        columns = [
            ("file", "text PRIMARY KEY"),
            *((name, "text") for name in names),
            ("features", f"{kind} NOT NULL"),
        ]
        prepare_table(connection, options.table, columns)
        there = stored_names(connection, options.table)
        store = Store(connection, options.table, [name for name, _ in columns], len(files))
        already = []
        store.add(rows(files, there, already, names, metadata, options, store))
        return store.finish(len(already))


def rows(files, there, already, names, metadata, options, store):
    for name, path in files:
        if name in there:
            already.append(name)
            continue
        try:
            for row_name, array in arrays_of(name, path):
                if row_name in there:
                    already.append(row_name)
                    continue
                row = metadata.get(row_name) or metadata.get(name) or {}
                yield (
                    row_name,
                    *(row.get(column) for column in names),
                    checked(as_map(array, options), options),
                )
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            store.report_bad(name, error)


def checked(array, options):
    if options.channels not in (None, array.shape[0]):
        raise ValueError(f"expected a map of {options.channels} channels, not {array.shape[0]}")
    npy_bytes(array[:1, :1, :1])  # refuses elements that are no numbers
    return array
