"""What Python's drivers send for a query, and read: called by test/drivers, on its server and table."""

import asyncio
import os
import sys

import asyncpg
import psycopg
import psycopg2
import sqlalchemy

VECTOR = [3.0, 0.0, 4.0]  # the channels of cell (0, 1) in image 2, but for the zero
INTEGERS = [3, 0, 4]

RANKING = "SELECT id FROM image ORDER BY features <=> {q} LIMIT 1"
SEARCH = "SELECT id, y1, x1, y2, x2 FROM image, intsearch(features, {q}) ORDER BY score DESC LIMIT 1"
SCORE = "SELECT id FROM image ORDER BY best_score(features, {q}) DESC NULLS LAST LIMIT 1"
CONSTRAINED = "SELECT id FROM image, intsearch(features, featquery({q}, aspect => 1)) ORDER BY score DESC LIMIT 1"
REGION = "SELECT region_vector(features, 0, 0, 1, 1) FROM image WHERE id = 1"
STATEMENTS = (RANKING, SEARCH, SCORE, CONSTRAINED)


def by_psycopg2():
    with psycopg2.connect("") as connection, connection.cursor() as cursor:

        def fetch(sql, *values):
            cursor.execute(sql.format(q="%s"), values)
            return cursor.fetchone()

        check("psycopg 2", fetch)


def by_psycopg():
    for name, options in (
        ("psycopg 3", {}),
        ("psycopg 3, prepared", {"prepare_threshold": 0}),
    ):
        with psycopg.connect(**options) as connection:
            check(name, lambda sql, *values: connection.execute(sql.format(q="%s"), values).fetchone())
    with psycopg.connect() as connection:
        cursor = connection.cursor(binary=True)
        check("psycopg 3, binary", lambda sql, *values: cursor.execute(sql.format(q="%b"), values).fetchone())


def by_sqlalchemy():
    engine = sqlalchemy.create_engine("postgresql+psycopg2://")
    with engine.connect() as connection:

        def fetch(sql, *values):
            return connection.execute(sqlalchemy.text(sql.format(q=":q")), {"q": values[0]} if values else {}).fetchone()

        check("SQLAlchemy", fetch)


async def fetch_all_by_asyncpg():
    """What check() asks for, in its order: asyncpg has no calls that block."""
    connection = await asyncpg.connect(
        host=os.environ["PGHOST"], user=os.environ["PGUSER"], database=os.environ["PGDATABASE"]
    )
    try:
        answers = {}
        region = await connection.fetchrow(REGION)
        for sql in STATEMENTS:
            for vector in (VECTOR, INTEGERS, region[0]):
                answers[sql, tuple(vector)] = await connection.fetchrow(sql.format(q="$1"), vector)
        answers[REGION, ()] = region
        return answers
    finally:
        await connection.close()


def by_asyncpg():
    answers = asyncio.run(fetch_all_by_asyncpg())
    check("asyncpg", lambda sql, *values: answers[sql, tuple(values[0]) if values else ()])


def check(driver, fetch):
    """A list of floats or integers is a query in each place; a vector that was read goes back."""
    for vector in (VECTOR, INTEGERS):
        require(driver, RANKING, fetch(RANKING, vector), (2,))
        require(driver, SEARCH, fetch(SEARCH, vector), (2, 0, 0, 1, 2))
        require(driver, SCORE, fetch(SCORE, vector), (2,))
        require(driver, CONSTRAINED, fetch(CONSTRAINED, vector), (2,))
    region = fetch(REGION)[0]
    require(driver, REGION, len(region), 3)
    for sql in (RANKING, SCORE, CONSTRAINED):
        require(driver, sql, fetch(sql, region), (1,))
    print(f"ok: {driver}")


def require(driver, sql, found, wanted):
    found = tuple(found) if not isinstance(found, int) else found
    if found != wanted:
        sys.exit(f"{driver}: {found} instead of {wanted} from: {sql}")


if __name__ == "__main__":
    by_psycopg2()
    by_psycopg()
    by_sqlalchemy()
    by_asyncpg()
