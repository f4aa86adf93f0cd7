"""What the tests of python/ share: the server that PGHOST names, and maps."""

import numpy as np
import psycopg

DATABASE = "python"


def random_map(seed, channels=20, height=5, width=6, signed=False):
    random = np.random.default_rng(seed)
    values = random.standard_normal((channels, height, width)).astype(np.float32)
    return values if signed else np.maximum(values - 0.5, 0)


def fresh_table(
    definition="id integer PRIMARY KEY, name text, features featmap(20)", table="images"
):
    with psycopg.connect(dbname=DATABASE, autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute("CREATE EXTENSION IF NOT EXISTS intsearch")
        connection.execute(f"DROP TABLE IF EXISTS {table}")
        connection.execute(f"CREATE TABLE {table} ({definition})")


def nearly(values, array):
    """True where values are array after rounding to 8 bits a channel."""
    steps = np.abs(array).max(axis=(1, 2)) / 127
    return np.all(np.abs(values - array) <= steps[:, None, None])
