"""Serves a page on which one draws a box in a photograph and sees where else there is its like.

It is served on this machine alone. TABLE has the columns file (the picture's path below
--pictures), width, height (pixels) and features, as `describe` makes it.
"""

from pathlib import Path

from psycopg import sql

from .errors import CommandError
from .storing import connected, identifier

NAME = "browse"
HELP = "draw a box in a stored photograph and see the answers in a browser"
NEEDED = ("file", "width", "height", "features")


def add_arguments(parser):
    parser.add_argument("table", metavar="TABLE", help="a table, or SCHEMA.TABLE")
    parser.add_argument(
        "--pictures", required=True, type=Path, metavar="FOLDER", help="where the pictures lie"
    )
    parser.add_argument(
        "--title",
        default="file",
        metavar="COLUMN",
        help="what is written below a picture (default: %(default)s)",
    )
    parser.add_argument("--filter", metavar="COLUMN", help="metadata to choose by")
    parser.add_argument("--port", type=int, default=8017, help="(default: %(default)s)")


def check_table(options):
    with connected(options) as connection:
        try:
            there = connection.execute(
                sql.SQL("SELECT * FROM {} LIMIT 0").format(identifier(options.table))
            ).description
        except Exception as error:
            raise CommandError(f"table {options.table}: {error}") from None
    names = {column.name for column in there}
    missing = [
        name for name in (*NEEDED, options.title, options.filter) if name and name not in names
    ]
    if missing:
        raise CommandError(f"table {options.table} has no column {', '.join(missing)}")


def run(options):
    try:
        from .web.app import create_app
        from .web.search import Table
    except ImportError as error:
        raise CommandError(f"browse takes Flask and Pillow: {error}") from None
    if not options.pictures.is_dir():
        raise CommandError(f"there is no folder {options.pictures}")
    check_table(options)
    app = create_app(
        options.database, Table(options.table, options.title, options.filter), options.pictures
    )
    print(f"http://127.0.0.1:{options.port}/     Ctrl-C ends it", flush=True)
    try:
        app.run(host="127.0.0.1", port=options.port, threaded=True)
    except OSError as error:
        raise CommandError(
            f"port {options.port}: {error.strerror}; --port chooses another"
        ) from None
    return 0
