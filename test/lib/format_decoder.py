"""Decodes feature maps as doc/format.md describes them, and nothing else: what another language would have to do.

    format_decoder.py <IN >OUT

Reads the text form of COPY, a value a line: a name, the value's text output, its binary output, and its stored bytes
with their sketch, both in hexadecimal. Writes name, values, an array [channels][height][width], and rounding error,
\\N where there is none, of each. Exits
with a complaint if the three forms of a value do not tell the same, or if its sketch says what is not true.
"""

import math
import random
import struct
import sys


class Map:
    """One value: `values` is [channel][y][x], `sketch` a list of (step, [y][x] entries)."""

    def __init__(self, stored):
        version, bits, flags, dims, channels, height, width, zero, size = struct.unpack_from("<4B4HI", stored)
        known_bits = (8, 16) if version == 1 else (8, 16, 24)
        if version not in (1, 2) or bits not in known_bits or version == 1 and flags > 1 or zero != 0:
            raise ValueError("not a header of version 1 or 2")
        self.version, self.bits, self.signed = version, bits, flags & 1 == 1
        level = flags >> 1
        self.rounding_error = None if version == 1 else 2 ** ((level - 123) / 4) if level > 0 else 0.0
        self.channels, self.height, self.width = channels, height, width
        at = 16
        scales = [struct.unpack("<f", b"\0\0" + stored[at + 2 * c : at + 2 * c + 2])[0] for c in range(channels)]
        at += 2 * channels
        cells = height * width
        kinds = stored[at : at + (cells + 7) // 8]
        at += len(kinds)
        end_of_cells = at + size
        self.values = [[[0.0] * width for _ in range(height)] for _ in range(channels)]
        for cell in range(cells):
            if kinds[cell // 8] >> cell % 8 & 1:
                present = range(channels)
            else:
                bitmap = stored[at : at + (channels + 7) // 8]
                present = [c for c in range(channels) if bitmap[c // 8] >> c % 8 & 1]
                at += len(bitmap)
            for number, c in enumerate(present):
                code = self.code(stored, at, number, len(present))
                self.values[c][cell // width][cell % width] = code * scales[c]
            at += len(present) * (bits // 8)
        if at != end_of_cells:
            raise ValueError(f"cells end at {at}, not at {end_of_cells}")
        at = self.read_sketch(stored, at, dims)
        if at != len(stored):
            raise ValueError(f"value ends at {at}, not at {len(stored)}")

    def code(self, stored, at, number, count):
        code = stored[at + number]
        for byte in range(1, self.bits // 8):
            code += stored[at + byte * count + number] << 8 * byte
        return code - (1 << self.bits) if self.signed and code >> (self.bits - 1) else code

    def read_sketch(self, stored, at, dims):
        self.steps = struct.unpack_from(f"<{dims}f", stored, at)
        at += 4 * dims
        wide = min(dims, 4)
        entry = struct.Struct(f"<{wide}h{dims - wide}b")
        self.entries = []
        for _ in range(self.height):
            self.entries.append([entry.unpack_from(stored, at + x * entry.size) for x in range(self.width)])
            at += self.width * entry.size
        return at

    def window_norms(self, y1, x1, y2, x2):
        """The norm of a window's sum, that of its sketch, and by how much the latter may be too large."""
        sums = [math.fsum(v for row in plane[y1:y2] for v in row[x1:x2]) for plane in self.values]

        def corner(k, y, x):
            return sum(cell[k] for row in self.entries[:y] for cell in row[:x])

        sketched = [
            step * (corner(k, y2, x2) - corner(k, y1, x2) - corner(k, y2, x1) + corner(k, y1, x1))
            for k, step in enumerate(self.steps)
        ]
        return math.hypot(*sums), math.hypot(*sketched), 2 * math.hypot(*self.steps)


def read_text(text):
    """featmap:2:8u:CxHxW:hexadecimal digits"""
    name, version, kind, shape, digits = text.split(":")
    decoded = Map(bytes.fromhex(digits))
    told = f"{decoded.bits}{'s' if decoded.signed else 'u'}", f"{decoded.channels}x{decoded.height}x{decoded.width}"
    if (name, version, kind, shape) != ("featmap", str(decoded.version), *told):
        raise ValueError(f"text begins with {name}:{version}:{kind}:{shape}, its bytes are of {told}")
    return decoded


def check_sketch(decoded):
    """A sketch is never longer than what it stands for; where each channel has a dimension, not shorter, either."""
    rng = random.Random(1)
    alive = sum(any(map(any, plane)) for plane in decoded.values)
    complete = decoded.channels <= min(28, decoded.height * decoded.width) and alive == len(decoded.steps)
    for _ in range(20):
        y1, y2 = sorted(rng.sample(range(decoded.height + 1), 2))
        x1, x2 = sorted(rng.sample(range(decoded.width + 1), 2))
        true, sketched, error = decoded.window_norms(y1, x1, y2, x2)
        error += 1e-6 * true  # of the steps, which are floats
        if sketched > true + error or complete and sketched < true - error:
            raise ValueError(f"window {y1, x1, y2, x2} has norm {true}, not {sketched}, but for {error}")


def real(value):
    """The nearest float32, which has fewer digits than a code of 24 bits times a scale."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def array(values):
    return "{" + ",".join(map(array, values)) + "}" if isinstance(values, list) else repr(real(values))


def main():
    count = 0
    for line in sys.stdin:
        name, text, sent, stored = line.rstrip("\n").split("\t")
        try:
            maps = read_text(text), Map(bytes.fromhex(sent)), Map(bytes.fromhex(stored))
            if not maps[0].values == maps[1].values == maps[2].values:
                raise ValueError("text, binary and stored form are of different values")
            check_sketch(maps[2])
        except ValueError as complaint:
            sys.exit(f"{name}: {complaint}")
        error = maps[0].rounding_error
        print(name, array(maps[0].values), "\\N" if error is None else repr(error), sep="\t")
        count += 1
    if count == 0:
        sys.exit("no values")


if __name__ == "__main__":
    main()
