"""A featmap as a NumPy array, and back.

What comes out of the database is a FeatureMap: a read-only array that keeps the bytes it was read
from, so that it goes in again exactly as it was stored. Any other array goes in as a .npy file,
which the server rounds to 8 bits a value, or 16 or 24 where the values need them.
"""

import io
import struct

import numpy as np

HEADER = struct.Struct("<BBBBHHHHI")
VERSIONS = (1, 2)
SIGNED = 1

NPY_MAGIC = b"\x93NUMPY"

TEXT_PREFIX = "featmap:"

# What the server reads from a .npy file as it is.
READABLE = frozenset("f2 f4 f8 u1 i1".split())


class FeatureMap(np.ndarray):
    """A read-only float32 array [channels][height][width] that was read from the database.

    A copy, or what is computed from it, is an array like any other.
    """

    def __new__(cls, values, stored):
        array = np.ascontiguousarray(values, dtype=np.float32).view(cls)
        array.flags.writeable = False
        array._stored = bytes(stored)
        return array

    def __array_finalize__(self, other):
        self._stored = None

    def __reduce__(self):
        if self.stored is None:
            return np.asarray(self).__reduce__()
        return read_map, (self.stored,)

    def __deepcopy__(self, memo):
        return np.array(self) if self.stored is None else self

    @property
    def stored(self):
        """The bytes of binary output that these values are; None for a part or a changed copy."""
        return None if self.flags.writeable else self._stored


def read_map(data):
    """The FeatureMap of what a driver gives: the bytes of binary output, or text output.

    The bytes of a .npy file give the array that was saved.
    """
    if isinstance(data, str):
        return read_map(_bytes_of_text(data))
    data = bytes(data)
    if data.startswith(NPY_MAGIC):
        return np.load(io.BytesIO(data), allow_pickle=False)
    return FeatureMap(_decoded(data), data)


def write_map(array):
    """Bytes that the server takes for a featmap: in binary input, and as bytea by a cast.

    An array is [channels][height][width], or has a batch of one before that. float16, float32,
    float64, uint8 and int8 go as they are, other numbers (bfloat16 too) as float32.
    """
    if isinstance(array, FeatureMap) and array.stored is not None:
        return array.stored
    array = np.asarray(array)
    if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[0] != 1):
        raise ValueError(
            f"array of shape {array.shape} is no feature map: expected (channels, height, width), "
            "or a batch of one of that"
        )
    return npy_bytes(array)


def npy_bytes(array):
    """The bytes of a .npy file that the server reads, whatever type of number the array has."""
    array = np.asarray(array)
    if array.dtype.str[1:] not in READABLE:
        array = array.astype(np.float32)
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _bytes_of_text(text):
    if not text.startswith(TEXT_PREFIX):
        raise ValueError(f"not the text of a featmap: {text[:20]!r}")
    return bytes.fromhex(text.rsplit(":", 1)[1])


def _decoded(data):
    """[channels][height][width] of the stored form without its sketch (doc/format.md)."""
    version, bits, flags, _, channels, height, width, _, coded_size = HEADER.unpack_from(data)
    if version not in VERSIONS:
        raise ValueError(
            f"featmap has format version {version},"
            f" this package reads {VERSIONS[0]} to {VERSIONS[-1]}"
        )
    cells = height * width
    scales = np.frombuffer(data, "<u2", channels, HEADER.size).astype(np.uint32) << 16
    at = HEADER.size + 2 * channels
    kinds = np.unpackbits(np.frombuffer(data, np.uint8, (cells + 7) // 8, at), bitorder="little")
    at += (cells + 7) // 8
    codes = _codes(np.frombuffer(data, np.uint8, coded_size, at), kinds[:cells], channels, bits)
    if flags & SIGNED:
        codes -= codes >> (bits - 1) << bits
    values = codes.astype(np.float64) * scales.view(np.float32)
    limit = np.finfo(np.float32).max
    values = np.clip(values, -limit, limit).astype(np.float32)
    return values.T.reshape(channels, height, width)


def _codes(packed, kinds, channels, bits):
    """All codes, [cells][channels], without their sign, in int32."""
    code_bytes = bits // 8
    bitmap_bytes = (channels + 7) // 8
    planes = np.zeros((code_bytes, len(kinds), channels), np.uint8)
    at = 0
    for cell, is_dense in enumerate(kinds):
        if is_dense:
            where, count = slice(None), channels
        else:
            bitmap = np.unpackbits(packed[at : at + bitmap_bytes], bitorder="little")[:channels]
            where = bitmap.nonzero()[0]
            count = len(where)
            at += bitmap_bytes
        for plane in planes:
            plane[cell, where] = packed[at : at + count]
            at += count
    codes = planes[0].astype(np.int32)
    for byte in range(1, code_bytes):
        codes |= planes[byte].astype(np.int32) << 8 * byte
    return codes
