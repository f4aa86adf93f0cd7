"""The page's server: Flask, for one user, on the loopback interface."""

import io
import time
from pathlib import Path

import psycopg
from flask import Flask, abort, jsonify, request, send_file
from PIL import Image, ImageOps
from psycopg import sql
from psycopg.rows import dict_row

from .search import (
    BadRequest,
    NotFound,
    Question,
    count_of,
    heat_sql,
    search_sql,
    text_of,
    uses_index,
)

PAGE_SIZE = 60
LARGEST_SIDE = 1600  # pixels of a picture that is sent
HOSTS = ("localhost", "127.0.0.1")

# Nothing that the page does may change anything, or keep the server busy for long.
SESSION = "-c default_transaction_read_only=on -c statement_timeout=60s"


def create_app(conninfo, table, pictures):
    """table is a search.Table; pictures the folder that the column file counts from."""
    app = Flask(__name__, static_folder="static", static_url_path="/static")
    pictures = Path(pictures).resolve()

    def connect():
        return psycopg.connect(conninfo, autocommit=True, options=SESSION, row_factory=dict_row)

    def image_row(connection, file):
        statement = sql.SQL(
            "SELECT file, {} AS title, width, height FROM {} WHERE file = %s"
        ).format(sql.Identifier(table.title), table.sql)
        row = connection.execute(statement, (file,)).fetchone()
        if row is None:
            raise NotFound(f"there is no image {file!r}")
        return row

    @app.before_request
    def only_from_here():
        # a page elsewhere that gives its own name our address gets nothing
        if request.host.rsplit(":", 1)[0] not in HOSTS:
            abort(403)

    @app.after_request
    def no_other_hosts(response):
        response.headers[
            "Content-Security-Policy"
        ] = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @app.errorhandler(BadRequest)
    def bad_request(error):
        return jsonify(error=str(error)), 400

    @app.errorhandler(NotFound)
    def not_found(error):
        return jsonify(error=str(error)), 404

    @app.errorhandler(psycopg.DataError)
    def data_error(error):
        return jsonify(error=error.diag.message_primary), 400

    @app.errorhandler(psycopg.OperationalError)
    def no_database(error):
        return jsonify(error=f"the database does not answer: {error}"), 503

    @app.get("/")
    def page():
        return app.send_static_file("index.html")

    @app.get("/api/images")
    def images():
        first = 0 if "first" not in request.args else count_of(request.args, "first", 1, 10**9)
        wanted = request.args.get("filter") or None
        condition, values = sql.SQL("true"), []
        if wanted is not None and table.filter:
            condition, values = sql.SQL("{} = %s").format(table.filter_sql), [wanted]
        with connect() as connection:
            rows = connection.execute(
                sql.SQL(
                    "SELECT file, {} AS title, width, height FROM {} WHERE {}"
                    " ORDER BY file LIMIT {} OFFSET {}"
                ).format(
                    sql.Identifier(table.title),
                    table.sql,
                    condition,
                    sql.Literal(PAGE_SIZE + 1),
                    sql.Literal(first),
                ),
                values,
            ).fetchall()
        return jsonify(images=rows[:PAGE_SIZE], more=len(rows) > PAGE_SIZE)

    @app.get("/api/filters")
    def filters():
        if not table.filter:
            return jsonify(name=None, values=[])
        statement = sql.SQL(
            "SELECT DISTINCT {0} AS value FROM {1} WHERE {0} IS NOT NULL ORDER BY 1 LIMIT 200"
        )
        with connect() as connection:
            rows = connection.execute(statement.format(table.filter_sql, table.sql)).fetchall()
        return jsonify(name=table.filter, values=[row["value"] for row in rows])

    @app.get("/api/image")
    def image():
        with connect() as connection:
            return jsonify(image_row(connection, text_of(request.args, "file")))

    @app.get("/picture")
    def picture():
        side = count_of(request.args, "side", 480, LARGEST_SIDE)
        with connect() as connection:
            file = image_row(connection, text_of(request.args, "file"))["file"]
        path = (pictures / file).resolve()
        if pictures not in path.parents or not path.is_file():
            raise NotFound(f"there is no picture of {file!r}")
        return send_file(jpeg_of(path, side), mimetype="image/jpeg", max_age=3600)

    @app.get("/api/search")
    def search():
        question = Question.of(request.args)
        with connect() as connection:
            source = image_row(connection, question.file)
            statement = search_sql(table, question).as_string(connection)
            start = time.monotonic()
            answers = connection.execute(statement).fetchall()
            milliseconds = (time.monotonic() - start) * 1000
            plan = connection.execute("EXPLAIN (FORMAT JSON) " + statement).fetchone()["QUERY PLAN"]
        return jsonify(
            source=source,
            answers=answers,
            milliseconds=milliseconds,
            index=uses_index(plan[0]["Plan"]),
            sql=statement + ";",
        )

    @app.get("/api/heat")
    def heat():
        question = Question.of(request.args)
        file = text_of(request.args, "in")
        with connect() as connection:
            image_row(connection, question.file)
            image_row(connection, file)
            row = connection.execute(heat_sql(table, question, file)).fetchone()
        return jsonify(similarities=row["similarity_map"])

    return app


def jpeg_of(path, side):
    """A picture as one sees it, reduced to that side."""
    with Image.open(path) as image:
        small = ImageOps.exif_transpose(image).convert("RGB")
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    jpeg = io.BytesIO()
    small.save(jpeg, "JPEG", quality=86)
    jpeg.seek(0)
    return jpeg
