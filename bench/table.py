"""A table for the standard output, whose rows are told on the standard error as they come."""

import sys


def three_digits(number):
    """12345.6 -> 12,346; 1.2345 -> 1.23; 0.012345 -> 0.0123"""
    if number == 0 or not 1e-3 <= abs(number) < 1e6:
        return f"{number:.2g}"
    decimals = max(0, 2 - len(str(int(abs(number)))) + 1) if abs(number) >= 1 else 3
    return f"{number:,.{decimals}f}"


class Table:
    def __init__(self, head):
        self.head = head
        self.rows = []

    def announce(self, subject):
        print(f"measuring: {subject}", file=sys.stderr, flush=True)

    def add(self, *cells):
        self.rows.append(cells)
        print("  " + " | ".join(cell for cell in cells if cell), file=sys.stderr, flush=True)

    def __str__(self):
        widths = [max(len(row[i]) for row in [self.head, *self.rows]) for i in range(len(self.head))]

        def line(cells):
            return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths)) + " |"

        rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
        return "\n".join([line(self.head), rule, *(line(row) for row in self.rows)])
