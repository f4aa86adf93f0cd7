"""Interleaved measurements, and the one table they end in."""

import statistics
import sys
import time
from dataclasses import dataclass
from typing import Optional

from table import Table, three_digits


@dataclass(frozen=True)
class Target:
    """A bound for the ratio, or for A itself; `wished` is the bound we would like to reach."""

    limit: float
    wished: Optional[float] = None
    at_least: bool = False
    of: str = "A / B"
    unit: str = ""

    def __str__(self):
        bound = f"{'≥' if self.at_least else '≤'} {self.limit:g}{self.unit}"
        wish = "" if self.wished is None else f" ({self.wished:g})"
        return f"{'A ' if self.of == 'A' else ''}{bound}{wish}"

    def is_met(self, value, bound=None):
        bound = self.limit if bound is None else bound
        return value >= bound if self.at_least else value <= bound

    def verdict(self, value):
        if not self.is_met(value):
            return "NOT met"
        return "met" if self.wished is None or not self.is_met(value, self.wished) else "met, as wished"


def at_least(limit, wished=None):
    return Target(limit, wished, at_least=True)


def at_most(limit, wished=None):
    return Target(limit, wished)


def a_at_most(limit, unit, wished=None):
    return Target(limit, wished, of="A", unit=" " + unit)


def interleave(rounds, measure_a, measure_b):
    """Two lists of measurements, taken in turn: A B, B A, A B, ... after one of each that does not count."""
    measure_a(), measure_b()
    a, b = [], []
    for i in range(rounds):
        if i % 2 == 0:
            a.append(measure_a())
            b.append(measure_b())
        else:
            b.append(measure_b())
            a.append(measure_a())
    return a, b


class MapByMap:
    """Maps in memory, prepared for a function; each measurement goes on to the next ones."""

    def __init__(self, prepared):
        self.prepared = prepared
        self.next = 0

    def milliseconds_a_map(self, function, maps):
        start = time.perf_counter()
        for _ in range(maps):
            function(self.prepared[self.next])
            self.next = (self.next + 1) % len(self.prepared)
        return 1000 * (time.perf_counter() - start) / maps


class Ratios(Table):
    """Rows of ratios, and what was wrong or missed."""

    def __init__(self):
        super().__init__(("what", "A", "B", "A / B", "least .. greatest", "target (wished)", ""))
        self.missed = []
        self.wrong = []
        self.left_out = []

    def ratio(self, what, a_name, a, b_name, b, unit, target=None):
        """A row. `a` and `b` are equally many measurements of one unit, pairs taken together."""
        ratios = [x / y for x, y in zip(a, b)]
        ratio = statistics.median(ratios)
        verdict = ""
        if target is not None:
            value = statistics.median(a) if target.of == "A" else ratio
            verdict = target.verdict(value)
            if verdict == "NOT met":
                unit_of_value = f" {unit}" if target.of == "A" else ""
                self.missed.append(f"{what}: {three_digits(value)}{unit_of_value}, target {target}")
        spread = "" if len(ratios) == 1 else f"{three_digits(min(ratios))} .. {three_digits(max(ratios))}"
        self.add(
            what,
            f"{a_name}: {three_digits(statistics.median(a))} {unit}",
            f"{b_name}: {three_digits(statistics.median(b))} {unit}",
            three_digits(ratio),
            spread,
            "" if target is None else str(target),
            verdict,
        )

    def answer_is_wrong(self, message):
        self.wrong.append(message)
        print(f"  WRONG: {message}", file=sys.stderr, flush=True)

    def leave_out(self, message):
        self.left_out.append(message)
        print(f"  left out: {message}", file=sys.stderr, flush=True)
