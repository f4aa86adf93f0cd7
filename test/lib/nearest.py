"""Random statements that rank by a distance, with and without the planner's help: called by test/nearest."""

import random
import sys

import psycopg

QUERIES = ("{1,0,2}", "{0,1,1}", "{3,-1,0}")
SETTINGS = ("", ", aspect => 1", ", pooling => 'max'", ", min_height => 2, max_width => 2", ", min_score => 0.8")

TABLES = """
SELECT setseed(0.5);
SET jit = off;
CREATE FUNCTION any_map() RETURNS featmap LANGUAGE sql VOLATILE AS $$
    SELECT featmap_from_array(ARRAY[[[a, b], [c, d]], [[d, a], [b, e]], [[e, c], [a, b]]]::real[])
    FROM (SELECT floor(random() * 4) AS a, floor(random() * 4) AS b, floor(random() * 4) AS c,
        floor(random() * 4) AS d, floor(random() * 4) AS e) AS v
$$;
CREATE TABLE image (id integer PRIMARY KEY, place integer, features featmap);
INSERT INTO image SELECT id, id % 5, CASE WHEN id % 17 > 0 THEN any_map() END FROM generate_series(1, 150) AS id;
INSERT INTO image SELECT id + 500, place, features FROM image WHERE id % 3 = 0;
CREATE TABLE few (id integer PRIMARY KEY, word text);
INSERT INTO few SELECT id, 'w' || id % 4 FROM image WHERE id % 4 = 1;
CREATE TABLE tag (image_id integer, word text);
INSERT INTO tag SELECT 1 + random() * 160, 'w' || n % 6 FROM generate_series(1, 120) AS n;
CREATE TABLE parted (id integer, place integer, features featmap) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (60);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (60) TO (600);
CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM (600) TO (1000);
INSERT INTO parted TABLE image;
CREATE TABLE parent (id integer, place integer, features featmap);
CREATE TABLE child (more integer) INHERITS (parent);
INSERT INTO parent SELECT * FROM image WHERE id % 2 = 0;
INSERT INTO child SELECT * FROM image WHERE id % 2 = 1;
CREATE TABLE vector (n integer PRIMARY KEY, v real[], q featquery);
CREATE VIEW seen AS SELECT id, place, features FROM image WHERE id % 7 < 5;
CREATE VIEW fenced WITH (security_barrier) AS SELECT id, place, features FROM image WHERE id % 7 < 5;
CREATE VIEW joined AS SELECT image.id, place, features, word FROM image JOIN few USING (id);
-- SQL functions that the planner replaces by what they do
CREATE FUNCTION distance_0(featmap) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT $1 <=> '{1,0,2}' $$;
CREATE FUNCTION distance_1(featmap) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT $1 <=> '{0,1,1}' $$;
CREATE FUNCTION distance_2(featmap) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT $1 <=> '{3,-1,0}' $$;
"""

SOURCES = (
    "image AS a",
    "image AS a",
    "parted AS a",
    "parent AS a",
    "ONLY parent AS a",
    "seen AS a",
    "fenced AS a",
    "joined AS a",
    "image AS a JOIN few AS b USING (id)",
    "(image JOIN few USING (id)) AS a",
    "image AS a JOIN tag AS b ON b.image_id = a.id",
    "image AS a LEFT JOIN tag AS b ON b.image_id = a.id",
    "tag AS b LEFT JOIN image AS a ON b.image_id = a.id",
    "few AS b JOIN parted AS a ON a.id = b.id",
    "image AS a FULL JOIN few AS b ON a.id = b.id + 1",
    "seen AS a JOIN seen AS b ON a.id = b.id",
    "image AS a, generate_series(1, 3) AS g",
    "image AS a CROSS JOIN (VALUES (1), (2)) AS b (n)",
    "(SELECT * FROM image WHERE place > 0) AS a",
    "(SELECT id, place, features FROM image ORDER BY id OFFSET 5) AS a",
    "(SELECT * FROM image UNION ALL SELECT * FROM parted) AS a",
    "(SELECT DISTINCT ON (place) * FROM image ORDER BY place, id) AS a",
    "(SELECT i.* FROM image AS i JOIN few USING (id)) AS a LEFT JOIN tag AS b ON b.image_id = a.id",
    "few AS b LEFT JOIN (SELECT * FROM image WHERE place = 1) AS a ON a.id = b.id",
    "few AS b, LATERAL (SELECT * FROM image AS i WHERE i.id > b.id AND i.id < b.id + 4) AS a",
    "image AS a TABLESAMPLE BERNOULLI (50) REPEATABLE (7)",
    "w AS a",
    "w AS a JOIN few AS b USING (id)",
)

CONDITIONS = (
    "true",
    "true",
    "a.place = {n}",
    "a.id % 3 = {n} % 3",
    "EXISTS (SELECT FROM tag AS t WHERE t.image_id = a.id)",
    "NOT EXISTS (SELECT FROM few AS t WHERE t.id = a.id)",
    "a.id IN (SELECT image_id FROM tag)",
    "a.id NOT IN (SELECT id FROM few)",
    "a.id = ANY (ARRAY(SELECT id FROM few))",
    "(a.place = 1 OR EXISTS (SELECT FROM few AS t WHERE t.id = a.id))",
    "a.id > (SELECT avg(id) FROM few)",
    "distance_{q}(a.features) > 0.05",
    "distance_{q}(a.features) IS NOT NULL",
    "(a.place = 0 OR EXISTS (SELECT FROM image AS a WHERE distance_{q}(a.features) < 0.02))",
    "best_score(a.features, '{{0,1,1}}') > 0.5",
)

COLUMNS = (
    "a.id",
    "a.id",
    "a.id, {d} AS d",
    "a.id, a.place",
    "a.id, (SELECT max(id) FROM few)",
    "a.id, CASE WHEN false THEN random() END",
    "a.id, EXISTS (SELECT FROM few AS t WHERE t.id = a.id)",
    "a.id, distance_{q}(a.features)",
    "a.id, (SELECT count(*) FROM tag AS t WHERE t.image_id = a.id)",
)

# {core} is the statement; each keeps the nearest first, or says its order.
WRAPPINGS = (
    "{core}",
    "{core}",
    "{core}",
    "SELECT * FROM ({core}) AS s",
    "SELECT s.id FROM ({core}) AS s WHERE s.id % 2 = 0",
    "WITH c AS ({core}) SELECT id FROM c",
    "WITH c AS MATERIALIZED ({core}) SELECT c.id FROM c, generate_series(1, 2) AS g ORDER BY g, c.id",
    "SELECT s.id FROM generate_series(1, 3) AS g CROSS JOIN ({core}) AS s ORDER BY g, s.id",
    "SELECT s.id FROM few AS o JOIN ({core}) AS s ON s.id <> o.id ORDER BY o.id, s.id",
    "SELECT unnest(ARRAY(SELECT id FROM ({core}) AS s)) AS id",
    "({core}) UNION ALL (SELECT id FROM few AS f ORDER BY id LIMIT 2)",
    "SELECT s.id FROM (VALUES (0), (1), (2)) AS o (place), LATERAL ({core_of_place}) AS s ORDER BY o.place, s.id",
    "SELECT (SELECT id FROM ({core_of_place}) AS s LIMIT 1) AS id FROM (VALUES (0), (1), (2)) AS o (place)",
    "SELECT s.id FROM ({core}) AS s JOIN LATERAL (SELECT {constant} AS d FROM image AS x WHERE x.id = s.id) AS y ON true"
    " ORDER BY s.id",
)

PLANS = (
    (),
    (),
    ("enable_hashjoin = off", "enable_mergejoin = off"),
    ("enable_hashjoin = off", "enable_nestloop = off"),
    ("enable_memoize = off", "enable_material = off"),
    ("enable_partitionwise_join = on", "enable_partitionwise_aggregate = on"),
    ("from_collapse_limit = 1", "join_collapse_limit = 1"),
)
PARALLEL = (
    "parallel_setup_cost = 0",
    "parallel_tuple_cost = 0",
    "min_parallel_table_scan_size = 0",
)


def any_query(rng, number):
    """SQL text of a query, among them of stored ones and of one that differs from row to row."""
    literal = f"'{QUERIES[number]}'"
    return rng.choice(
        (
            literal,
            literal,
            literal,
            f"featquery({literal}{rng.choice(SETTINGS)})",
            f"(SELECT v FROM vector WHERE n = {number})",
            f"(SELECT q FROM vector WHERE n = {number})",
            f"featquery((SELECT v FROM vector WHERE n = {number}){rng.choice(SETTINGS)})",
            "featquery(ARRAY[1, coalesce(a.place % 3, 0), 1])",
        )
    )


def any_core(rng, number, condition=""):
    """A statement with {d} for its distance, which it is ordered by."""
    source = rng.choice(SOURCES)
    first = "WITH w AS (SELECT * FROM image WHERE place < 3) " if source.startswith("w ") else ""
    where = f"{rng.choice(CONDITIONS)}{condition}".format(n=rng.randrange(5), q=number)
    limit = rng.choice(
        ("LIMIT {k}", "LIMIT {k}", "LIMIT {k} OFFSET {o}", "FETCH FIRST {k} ROWS WITH TIES", "LIMIT {k}::bigint + 1")
    ).format(k=rng.choice((1, 2, 5, 9, 30)), o=rng.randrange(6))
    if rng.random() < 0.1:
        return (
            f"SELECT a.id, min({{d}}) AS d FROM image AS a WHERE {where} GROUP BY a.id ORDER BY d, a.id {limit}",
            True,
        )
    columns = rng.choice(COLUMNS).replace("{q}", str(number))
    key = "d" if " AS d" in columns else "{d}"
    # with ties in any order, what else is done with the rows may differ
    exact = rng.random() < 0.6 and not limit.endswith("TIES")
    return f"{first}SELECT {columns} FROM {source} WHERE {where} ORDER BY {key}{', a.id' if exact else ''} {limit}", exact


def any_statement(rng):
    """(statement with {d}, distance, whether ties have one order)"""
    number = rng.randrange(len(QUERIES))
    wrapping = rng.choice(WRAPPINGS)
    condition = " AND a.place = o.place" if "core_of_place" in wrapping else ""
    core, exact = any_core(rng, number, condition)
    while not exact and wrapping != "{core}":
        core, exact = any_core(rng, number, condition)
    if "UNION" in wrapping or "few AS o" in wrapping:
        core = f"SELECT id FROM ({core}) AS u"
    wrapping = wrapping.replace("{constant}", f"x.features <=> '{QUERIES[number]}'")
    statement = wrapping.replace("{core_of_place}", core).replace("{core}", core)
    distance = f"a.features {rng.choice(('<=>', '<->'))} {any_query(rng, number)}"
    return statement, distance, exact


def answer(connection, statement, mode):
    """The rows of a statement, by one of several protocols."""
    if mode == "cursor":
        with connection.cursor(name="ranked") as cursor:
            return cursor.execute(statement).fetchall()
    if mode == "prepared":
        connection.execute(f"PREPARE ranked AS {statement}")
        try:
            return [connection.execute("EXECUTE ranked").fetchall() for _ in range(2)][1]
        finally:
            connection.execute("DEALLOCATE ranked")
    return connection.execute(statement).fetchall()


def is_told(connection, statement):
    return "nearest" in str(connection.execute(f"EXPLAIN (VERBOSE, COSTS OFF) {statement}").fetchall())


def check_statement(connection, rng):
    """Whether both answers are the same, and whether the planner told the query the number of rows."""
    statement, distance, exact = any_statement(rng)
    told = statement.replace("{d}", distance)
    plain = statement.replace("{d}", f"(({distance}) + 0)")
    settings = list(rng.choice(PLANS)) + list(PARALLEL if rng.random() < 0.4 else ())
    mode = rng.choice(("simple", "simple", "cursor", "prepared"))
    with connection.transaction(force_rollback=True):
        for setting in settings:
            connection.execute(f"SET LOCAL {setting}")
        if mode == "prepared":
            connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        rows, wanted = answer(connection, told, mode), answer(connection, plain, mode)
        same = ids(rows) == ids(wanted) or (
            not exact and distances(connection, rows, distance) == distances(connection, wanted, distance)
        )
        known = is_told(connection, told)
    if not same:
        print(f"{mode}, {settings}: {told};\n  {rows}\n  instead of\n  {wanted}\n", file=sys.stderr)
    return same, known


def ids(rows):
    return [row[0] for row in rows]


def distances(connection, rows, distance):
    """The distances of rows, which ties share, in their order."""
    sql = f"SELECT {distance} FROM (SELECT id, place, features FROM image WHERE id = "
    found = (connection.execute(f"{sql}{id}) AS a").fetchone() for id in ids(rows) if id is not None)
    return [row and row[0] for row in found]


def main():
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    wrong = told = 0
    with psycopg.connect(autocommit=True) as connection:
        connection.prepare_threshold = None
        connection.execute(TABLES)
        for number, vector in enumerate(QUERIES):
            connection.execute("INSERT INTO vector VALUES (%s, %s, %s)", (number, vector, vector))
        connection.execute("ANALYZE")
        for table in ("image", "parted_2", "parent", "child", "few"):
            connection.execute(f"ALTER TABLE {table} SET (parallel_workers = 2)")
        for _ in range(count):
            same, known = check_statement(connection, rng)
            wrong += not same
            told += known
    print(f"nearest: {count} statements, seed {seed}: {told} were told their limit, {wrong} wrong")
    if wrong > 0 or told < count // 10:
        sys.exit(1)


if __name__ == "__main__":
    main()
