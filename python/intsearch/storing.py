"""Rows of named maps into a table, in batches, resumable, with a progress bar; for the commands."""

import sys
from itertools import islice

import psycopg
from psycopg import sql

from .errors import CommandError
from .psycopg import copy_maps

# Rows of one COPY: a bad map costs this many again, one by one.
BATCH = 64


def connected(options):
    try:
        return psycopg.connect(options.database, autocommit=True)
    except psycopg.OperationalError as error:
        raise CommandError(f"no connection: {error}") from None


def identifier(table):
    return sql.Identifier(*table.split("."))


def prepare_table(connection, table, columns):
    """Makes the table unless it is there; columns are (name, type)."""
    connection.execute("SET client_min_messages = warning")
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS intsearch")
        connection.execute(
            sql.SQL("CREATE TABLE IF NOT EXISTS {} ({})").format(
                identifier(table),
                sql.SQL(", ").join(
                    sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
                    for name, kind in columns
                ),
            )
        )
    except psycopg.Error as error:
        raise CommandError(f"table {table}: {error}") from None
    there = connection.execute(
        sql.SQL("SELECT * FROM {} LIMIT 0").format(identifier(table))
    ).description
    missing = {name for name, _ in columns} - {column.name for column in there}
    if missing:
        raise CommandError(
            f"table {table} is there already, without the columns {', '.join(sorted(missing))}"
        )


def stored_names(connection, table):
    """What a run before has stored."""
    rows = connection.execute(sql.SQL("SELECT file FROM {}").format(identifier(table)))
    return {name for name, in rows}


def progress(total):
    """A bar with rate and time left on a terminal, nothing in a log; total may be None."""
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(total=total, unit=" maps", file=sys.stderr, disable=None)


class Store:
    """Stores rows, counts, and names what could not be stored."""

    def __init__(self, connection, table, columns, total):
        self.connection = connection
        self.table = table
        self.columns = columns
        self.stored = 0
        self.bad = []
        self.bar = progress(total)

    def report_bad(self, name, reason):
        self.bad.append(name)
        message = f"skipped {name}: {' '.join(str(reason).split())}"
        if self.bar is None:
            print(message, file=sys.stderr)
        else:
            self.bar.write(message, file=sys.stderr)
            self.bar.update(1)

    def add(self, rows):
        """rows are tuples of the columns; the first is the file's name."""
        rows = iter(rows)
        while batch := list(islice(rows, BATCH)):
            try:
                self._copy(batch)
            except psycopg.DataError:
                self._one_by_one(batch)
            except psycopg.errors.UniqueViolation:
                self._one_by_one(batch)

    def _copy(self, batch):
        copy_maps(self.connection, self.table, self.columns, batch)
        self.stored += len(batch)
        if self.bar is not None:
            self.bar.update(len(batch))

    def _one_by_one(self, batch):
        for row in batch:
            try:
                self._copy([row])
            except (psycopg.DataError, psycopg.IntegrityError) as error:
                self.report_bad(row[0], error.diag.message_primary or error)

    def finish(self, already):
        """Prints the counts; returns the exit status."""
        if self.bar is not None:
            self.bar.close()
        summary = f"{self.stored} stored"
        if already:
            summary += f", {already} there before"
        if self.bad:
            summary += f", {len(self.bad)} skipped"
        print(f"{self.table}: {summary}")
        return 1 if self.bad else 0
