"""The page's questions to the database: each is one statement, which a user can copy."""

import math
from dataclasses import dataclass

from psycopg import sql

POOLINGS = ("sum", "max", "gem")
ASPECTS = ("any", "box")
MOST_ANSWERS = 60


class BadRequest(Exception):
    """What the user asked for makes no sense; the text says why."""


class NotFound(Exception):
    """There is no such image."""


@dataclass(frozen=True)
class Table:
    """Where the images lie: file is the key, width and height are the photograph's, in pixels."""

    name: str
    title: str = "file"
    filter: str = None

    @property
    def sql(self):
        return sql.Identifier(*self.name.split("."))

    @property
    def filter_sql(self):
        return sql.SQL("{}::text").format(sql.Identifier(self.filter))


@dataclass(frozen=True)
class Question:
    """A box in a photograph, in pixels, and how to look for it."""

    file: str
    x: float
    y: float
    width: float
    height: float
    pooling: str = "sum"
    aspect: str = "any"
    smallest: int = 3
    filter: str = None
    limit: int = 12

    @classmethod
    def of(cls, arguments):
        """Of a request's arguments: every value is checked."""
        question = cls(
            file=text_of(arguments, "file"),
            x=number_of(arguments, "x"),
            y=number_of(arguments, "y"),
            width=number_of(arguments, "w"),
            height=number_of(arguments, "h"),
            pooling=choice_of(arguments, "pooling", POOLINGS),
            aspect=choice_of(arguments, "aspect", ASPECTS),
            smallest=count_of(arguments, "smallest", 3, 4096),
            filter=arguments.get("filter") or None,
            limit=count_of(arguments, "limit", 12, MOST_ANSWERS),
        )
        if not (question.width > 0 and question.height > 0):
            raise BadRequest("the box has no area")
        return question


def text_of(arguments, name):
    value = arguments.get(name)
    if not value or "\0" in value:
        raise BadRequest(f"{name} is missing")
    return value


def number_of(arguments, name):
    try:
        value = float(text_of(arguments, name))
    except ValueError:
        raise BadRequest(f"{name} must be a number, not {arguments[name]!r}") from None
    if not math.isfinite(value):
        raise BadRequest(f"{name} must be a finite number")
    return value


def count_of(arguments, name, default, most):
    text = arguments.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise BadRequest(f"{name} must be a whole number from 1 to {most}, not {text!r}")
    return int(text)


def choice_of(arguments, name, choices):
    value = arguments.get(name, choices[0])
    if value not in choices:
        raise BadRequest(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return value


def literal(value):
    return sql.Literal(value)


def query_sql(table, question):
    """The featquery of the box, as a query of one row."""
    settings = []
    if question.aspect == "box":
        settings.append(
            sql.SQL("aspect => {}").format(literal(round(question.height / question.width, 3)))
        )
    if question.pooling != "sum":
        settings.append(sql.SQL("pooling => {}").format(literal(question.pooling)))
    smallest = literal(question.smallest)
    settings.append(sql.SQL("min_height => {}, min_width => {}").format(smallest, smallest))
    corners = [
        f"{edge:.6g}"
        for edge in (
            question.x,
            question.y,
            question.x + question.width,
            question.y + question.height,
        )
    ]
    return sql.SQL(
        "SELECT featquery(region_vector(features, box {box}, width, height, {pooling}),"
        " {settings}) AS query\n"
        "    FROM {table} WHERE file = {file}"
    ).format(
        box=literal("({},{}),({},{})".format(*corners)),
        pooling=literal(question.pooling),
        settings=sql.SQL(", ").join(settings),
        table=table.sql,
        file=literal(question.file),
    )


def search_sql(table, question):
    """Ranks the other images, then finds the window in each that is left."""
    condition = sql.SQL("file <> {}").format(literal(question.file))
    if question.filter is not None and table.filter:
        condition += sql.SQL(" AND {} = {}").format(table.filter_sql, literal(question.filter))
    return sql.SQL(
        "WITH asked AS (\n"
        "    {query}\n"
        "), nearest AS (\n"
        "    SELECT file, {title} AS title, width, height, features\n"
        "    FROM {table} WHERE {condition}\n"
        "    ORDER BY features <=> (SELECT query FROM asked) LIMIT {limit}\n"
        ")\n"
        "SELECT file, title, nearest.width, nearest.height, score,\n"
        "    box.x, box.y, box.width AS box_width, box.height AS box_height\n"
        "FROM nearest, intsearch(features, (SELECT query FROM asked)) AS w,\n"
        "    window_rectangle(features, w.y1, w.x1, w.y2, w.x2,\n"
        "        nearest.width, nearest.height) AS box\n"
        "ORDER BY score DESC, file"
    ).format(
        query=query_sql(table, question),
        title=sql.Identifier(table.title),
        table=table.sql,
        condition=condition,
        limit=literal(question.limit),
    )


def heat_sql(table, question, file):
    return sql.SQL(
        "SELECT similarity_map(features, (\n    {query}\n)) FROM {table} WHERE file = {file}"
    ).format(query=query_sql(table, question), table=table.sql, file=literal(file))


def uses_index(plan):
    """True where a node of EXPLAIN's plan reads an index in the order of a distance."""
    return (
        "Order By" in plan
        and plan["Node Type"].startswith("Index")
        or any(map(uses_index, plan.get("Plans", ())))
    )
