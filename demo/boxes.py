"""Boxes in pixels: x1, y1, x2, y2, with x to the right and y down."""


def corners(text):
    """PostgreSQL's box, as it prints it, (x2,y2),(x1,y1) -> x1, y1, x2, y2."""
    x2, y2, x1, y1 = (float(number) for number in text.strip("()").replace("),(", ",").split(","))
    return x1, y1, x2, y2


def intersection_over_union(a, b):
    overlap = [max(0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1)]
    area = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return overlap[0] * overlap[1] / (sum(area) - overlap[0] * overlap[1])
