""".npy files of every kind the extension reads, and of many it must refuse."""

import io
import itertools
import struct

import numpy as np

# Small whole numbers: the same in every element type.
NON_NEGATIVE = np.arange(60).reshape(3, 4, 5) % 16
SIGNED = NON_NEGATIVE - 8

DTYPES = ("<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "|u1", "|i1")
VERSIONS = ((1, 0), (2, 0), (3, 0))


def npy(values, version=(1, 0)):
    """What numpy.save writes."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, values, version)
    return buffer.getvalue()


def with_header(header, data=b"", version=(1, 0)):
    """A file with this header, written by hand and not padded."""
    header = header.encode()
    length = struct.pack("<H" if version == (1, 0) else "<I", len(header))
    return b"\x93NUMPY" + bytes(version) + length + header + data


def dictionary(descr="'<f4'", order="False", shape="(3, 4, 5)"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n"


def laid_out(values, layout, dimensions):
    """[channels][height][width] values in the order of axes that a file of this layout holds."""
    if layout == "hwc":
        values = values.transpose(1, 2, 0)
    return values[np.newaxis] if dimensions == 4 else values


def readable():
    """(name, layout, file, expected values): one file for each combination of the variants, and odd headers."""
    variants = itertools.product(DTYPES, "CF", VERSIONS, ("chw", "hwc"), (3, 4))
    for dtype, order, version, layout, dimensions in variants:
        values = NON_NEGATIVE if dtype == "|u1" else SIGNED
        array = np.array(laid_out(values, layout, dimensions), dtype, order=order)
        name = f"{dtype} {order} {version[0]}.{version[1]} {layout} {dimensions}-D"
        yield name, layout, npy(array, version), values

    data = SIGNED.astype("<f4").tobytes()
    headers = {
        "keys in another order": "{'shape': (3, 4, 5), 'fortran_order': False, 'descr': '<f4'}\n",
        "double quotes": '{"descr": "<f4", "fortran_order": False, "shape": (3, 4, 5)}\n',
        "no blank": "{'descr':'<f4','fortran_order':False,'shape':(3,4,5)}",
        "many blanks": "{ 'descr' : '<f4' , 'fortran_order' : False , 'shape' : ( 3 , 4 , 5 , ) , }" + 99 * " " + "\n",
    }
    for name, header in headers.items():
        yield name, "chw", with_header(header, data), SIGNED


def refused():
    """(name, layout, file, regular expression of the SQLSTATE)."""
    whole = npy(SIGNED.astype("<f4"))
    data = SIGNED.astype("<f4").tobytes()

    for version in VERSIONS:
        whole_version = npy(SIGNED.astype("<f4"), version)
        start = len(whole_version) - len(data)
        cuts = {
            "nothing": 0,
            "half the magic": 3,
            "the magic alone": 6,
            "half the version": 7,
            "no header length": 8,
            "half the header length": 9 if version == (1, 0) else 10,
            "no header": 10 if version == (1, 0) else 12,
            "half the header": start // 2,
            "all but the end of the header": start - 1,
            "no data": start,
            "half the data": start + len(data) // 2,
            "half the last value": len(whole_version) - 2,
            "one byte short": len(whole_version) - 1,
        }
        for what, length in cuts.items():
            yield f"truncated {version[0]}.0: {what}", "chw", whole_version[:length], "22P03"

    archive = io.BytesIO()
    np.savez(archive, SIGNED)
    foreign = {
        "a PNG": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "an .npz archive": archive.getvalue(),
        "text": b"0.1 0.2 0.3\n" * 20,
        "zeros": bytes(400),
        "version 0.0": whole[:6] + b"\0\0" + whole[8:],
        "version 4.0": whole[:6] + b"\4\0" + whole[8:],
        "a header longer than the file": whole[:8] + b"\xff\xff" + whole[10:],
        "a header of 4 GB": with_header(dictionary(), data, (2, 0))[:8] + 4 * b"\xff" + whole[10:],
        "an empty header": with_header("", data),
        "a header that is no dictionary": with_header("[1, 2, 3]\n", data),
        "more than the array": whole + b"\0",
        "an open dictionary": with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4, 5)", data),
        "an open string": with_header("{'descr': '<f4, 'fortran_order': False, 'shape': (3, 4, 5)}\n", data),
        "an open shape": with_header(dictionary(shape="(3, 4, 5"), data),
        "no descr": with_header("{'fortran_order': False, 'shape': (3, 4, 5)}\n", data),
        "no fortran_order": with_header("{'descr': '<f4', 'shape': (3, 4, 5)}\n", data),
        "no shape": with_header("{'descr': '<f4', 'fortran_order': False}\n", data),
        "fortran_order that is no truth value": with_header(dictionary(order="7"), data),
        "a negative length": with_header(dictionary(shape="(3, -4, 5)"), data),
        "a shape of words": with_header(dictionary(shape="(three, 4, 5)"), data),
        "bytes of value zero in the header": with_header(dictionary().replace(" ", "\0"), data),
    }
    for what, file in foreign.items():
        yield f"foreign: {what}", "chw", file, "22P03|0A000" if what.startswith("version") else "22P03"

    dtypes = {
        "int32": SIGNED.astype("<i4"),
        "uint16": NON_NEGATIVE.astype("<u2"),
        "int64": SIGNED.astype("<i8"),
        "complex": SIGNED.astype("<c8"),
        "truth values": SIGNED > 0,
        "strings": SIGNED.astype("<U3"),
        "dates": SIGNED.astype("<M8[D]"),
        "records": np.zeros((3, 4, 5), [("red", "<f4"), ("green", "<f4")]),
    }
    for what, array in dtypes.items():
        yield f"element type: {what}", "chw", npy(array), "0A000|22P03" if what == "records" else "0A000"
    objects = with_header(dictionary(descr="'|O'"), b"\x80\x04K\x01.")
    yield "element type: pickled objects", "chw", objects, "0A000"

    floats = SIGNED.astype("<f4")
    shapes = {
        "no dimension": (floats[0, 0, 0], "chw"),
        "1-D": (floats.ravel(), "chw"),
        "2-D": (floats[0], "chw"),
        "5-D": (floats[None, None], "chw"),
        "4-D, a batch of two": (np.stack([floats, floats]), "chw"),
        "4-D, a batch of two, hwc": (np.stack([floats, floats]), "hwc"),
    }
    for what, (array, layout) in shapes.items():
        yield f"shape: {what}", layout, npy(np.array(array)), "2202E"
    for what, shape in {"no channel": (0, 4, 5), "no row": (3, 0, 5), "no column": (3, 4, 0)}.items():
        yield f"shape: {what}", "chw", npy(np.zeros(shape, "<f4")), "2202E|54000"

    # The same longest side is a limit in one layout and not in the other.
    limits = {
        "16385 channels": (np.zeros((16385, 1, 1), "|u1"), "chw"),
        "16385 channels, hwc": (np.zeros((1, 1, 16385), "|u1"), "hwc"),
        "4097 rows": (np.zeros((1, 4097, 1), "|u1"), "chw"),
        "4097 columns": (np.zeros((1, 1, 4097), "|u1"), "chw"),
        "4097 columns, hwc": (np.zeros((1, 4097, 1), "|u1"), "hwc"),
    }
    for what, (array, layout) in limits.items():
        yield f"limit: {what}", layout, npy(array), "54000"
    # Sizes whose product overflows 32 or 64 bits, without the data: too large, or truncated.
    for shape in ("(16384, 4096, 4096)", "(65536, 65536, 65537)", "(4294967297, 4, 5)", f"(3, 4, {2**64 + 5})"):
        yield f"limit: shape {shape}", "chw", with_header(dictionary(shape=shape), data), "54000|22P03"

    for what, value in {"NaN": np.nan, "infinity": np.inf, "minus infinity": -np.inf}.items():
        for dtype in ("<f2", ">f4", "<f8"):
            array = SIGNED.astype(dtype)
            array[2, 3, 4] = value
            yield f"value: {what} as {dtype}", "chw", npy(array), "22003"
    beyond = SIGNED.astype("<f8")
    beyond[0, 0, 0] = 1e300
    yield "value: beyond the range of real", "chw", npy(beyond), "22003"
