"""Serves the page of python/intsearch/web on the demo's photographs.

It describes and stores them first, unless they are there.

Called by demo/run web, with the server in the environment (PGHOST and its like).
Usage: web.py FOLDER [PORT]    (FOLDER keeps the descriptors for the next run)
"""

import sys
from pathlib import Path

import psycopg
from intsearch.web.app import create_app
from intsearch.web.search import Table

import demo
import photographs

PORT = 8017


def is_stored():
    try:
        with psycopg.connect(dbname="demo") as connection:
            return connection.execute("SELECT to_regclass('images') IS NOT NULL").fetchone()[0]
    except psycopg.OperationalError:
        return False


def store(folder):
    listed = photographs.listed()
    features = demo.describe_all(listed, folder / "descriptors")
    with psycopg.connect(dbname="postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS demo WITH (FORCE)")
        connection.execute("CREATE DATABASE demo")
    with psycopg.connect(dbname="demo") as connection:
        demo.store(connection, listed, features, demo.cut_crop())


def main(folder, port=PORT):
    if not is_stored():
        store(folder)
    app = create_app(
        "dbname=demo", Table("images", title="title", filter="kind"), photographs.PICTURES
    )
    print(f"http://127.0.0.1:{port}/     Ctrl-C ends it", flush=True)
    app.run(host="127.0.0.1", port=int(port), threaded=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
