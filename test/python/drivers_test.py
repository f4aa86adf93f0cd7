"""psycopg 3, psycopg2 and asyncpg: maps in and out, queries, and many rows with one COPY."""

import asyncio
import os
import unittest

import asyncpg
import intsearch.asyncpg
import intsearch.psycopg
import intsearch.psycopg2
import numpy as np
import psycopg
import psycopg2
from database import DATABASE, fresh_table, nearly, random_map
from intsearch import FeatureMap, Query, read_map, write_map


class Psycopg(unittest.TestCase):
    def setUp(self):
        fresh_table()
        self.connection = psycopg.connect(dbname=DATABASE, autocommit=True)
        intsearch.psycopg.register(self.connection)
        self.addCleanup(self.connection.close)

    def fetch(self, statement, parameters=(), **options):
        return self.connection.execute(statement, parameters, **options).fetchone()[0]

    def test_maps_in_and_out(self):
        for number, placeholder in enumerate(("%s", "%b", "%t")):
            array = random_map(number)
            self.connection.execute(
                f"INSERT INTO images VALUES (%s, 'a', {placeholder})", (number, array)
            )
            for binary in (False, True):
                found = self.fetch(
                    "SELECT features FROM images WHERE id = %s", (number,), binary=binary
                )
                self.assertIsInstance(found, FeatureMap)
                self.assertTrue(nearly(found, array))
        self.connection.execute("UPDATE images SET features = %s WHERE id = 1", (found,))
        self.assertEqual(
            self.fetch("SELECT count(*) FROM (SELECT DISTINCT features FROM images) AS maps"), 2
        )

    def test_null(self):
        self.connection.execute("INSERT INTO images VALUES (1, 'a', %s)", (None,))
        self.assertIsNone(self.fetch("SELECT features FROM images"))

    def test_client_cursor(self):
        with psycopg.ClientCursor(self.connection) as cursor:
            cursor.execute("INSERT INTO images VALUES (%s, 'a', %s)", (1, random_map(1)))
            cursor.execute("SELECT features <=> %s FROM images", (Query(np.ones(20)),))
            self.assertGreater(cursor.fetchone()[0], 0)

    def test_bytes_of_npy_without_register(self):
        with psycopg.connect(dbname=DATABASE) as connection:
            connection.execute(
                "INSERT INTO images VALUES (1, 'a', %s)", (write_map(random_map(1)),)
            )
            connection.execute(
                "INSERT INTO images VALUES (2, 'a', %b)", (write_map(random_map(1)),)
            )
        self.assertEqual(
            self.fetch("SELECT count(*) FROM (SELECT DISTINCT features FROM images) AS maps"), 1
        )

    def test_queries(self):
        self.connection.execute("INSERT INTO images VALUES (1, 'a', %s)", (random_map(1),))
        vector = np.ones(20)
        plain = self.fetch("SELECT features <=> %s FROM images", (vector,))
        self.assertEqual(plain, self.fetch("SELECT features <=> %s FROM images", (Query(vector),)))
        square = self.fetch(
            "SELECT features <=> %s FROM images", (Query(vector, aspect=1, pooling="max"),)
        )
        self.assertEqual(
            square,
            self.fetch(
                "SELECT features <=> featquery(%s, aspect => 1, pooling => 'max') FROM images",
                (vector,),
            ),
        )
        self.assertEqual(
            self.fetch("SELECT count(*) FROM images, intsearch_many(features, %s)", (np.eye(20),)),
            20,
        )
        for binary in (False, True):
            for query in (Query([1, 2]), Query([1, 2], aspect=1, min_score=0.5)):
                self.assertEqual(self.fetch("SELECT %s", (query,), binary=False), query)

    def test_copy(self):
        arrays = [random_map(number) for number in range(50)]
        count = intsearch.psycopg.copy_maps(
            self.connection,
            "public.images",
            ["id", "name", "features"],
            ((number, f"name {number}", array) for number, array in enumerate(arrays)),
        )
        self.assertEqual(count, 50)
        self.assertTrue(
            nearly(self.fetch("SELECT features FROM images WHERE name = 'name 7'"), arrays[7])
        )
        with self.assertRaisesRegex(LookupError, "no column other"):
            intsearch.psycopg.copy_maps(self.connection, "images", ["other"], [])
        with self.assertRaisesRegex(psycopg.errors.DataException, "20 channels, not 3"):
            intsearch.psycopg.copy_maps(
                self.connection, "images", ["id", "features"], [(99, random_map(1, 3))]
            )

    def test_settings_hold_that_are_set_before_the_library_is_loaded(self):
        names = ("kernel", "candidates", "probes", "iterative", "max_candidates")
        values = ("plain", "20", "3", "off", "500")
        with psycopg.connect(dbname=DATABASE) as connection:
            for name, value in zip(names, values):
                connection.execute(f"SET intsearch.{name} = {value}")
            connection.execute("SELECT '{1}'::featquery")
            for name, value in zip(names, values):
                found = connection.execute(f"SHOW intsearch.{name}").fetchone()[0]
                self.assertEqual(found, value)

    def test_without_the_extension(self):
        with psycopg.connect(dbname="template1") as connection:
            with self.assertRaisesRegex(LookupError, "CREATE EXTENSION"):
                intsearch.psycopg.register(connection)

    def test_async(self):
        async def run():
            async with await psycopg.AsyncConnection.connect(dbname=DATABASE) as connection:
                await intsearch.psycopg.register_async(connection)
                cursor = await connection.execute("SELECT %s::featmap", (random_map(1),))
                return (await cursor.fetchone())[0]

        self.assertTrue(nearly(asyncio.run(run()), random_map(1)))


class Psycopg2(unittest.TestCase):
    def setUp(self):
        fresh_table()
        self.connection = psycopg2.connect(dbname=DATABASE)
        intsearch.psycopg2.register(self.connection)
        self.addCleanup(self.connection.close)
        self.cursor = self.connection.cursor()

    def fetch(self, statement, parameters=()):
        self.cursor.execute(statement, parameters)
        return self.cursor.fetchone()[0]

    def test_maps_in_and_out(self):
        array = random_map(1)
        self.cursor.execute("INSERT INTO images VALUES (1, 'a', %s), (2, 'b', %s)", (array, None))
        found = self.fetch("SELECT features FROM images WHERE id = 1")
        self.assertTrue(nearly(found, array))
        self.assertIsNone(self.fetch("SELECT features FROM images WHERE id = 2"))
        self.cursor.execute("UPDATE images SET features = %s WHERE id = 2", (found,))
        self.assertEqual(
            self.fetch("SELECT count(*) FROM (SELECT DISTINCT features FROM images) AS maps"), 1
        )

    def test_bytes_of_npy_without_register(self):
        self.cursor.execute(
            "INSERT INTO images VALUES (1, 'a', %s)", (psycopg2.Binary(write_map(random_map(1))),)
        )
        self.assertTrue(nearly(self.fetch("SELECT features FROM images"), random_map(1)))

    def test_queries(self):
        self.cursor.execute("INSERT INTO images VALUES (1, 'a', %s)", (random_map(1),))
        plain = self.fetch("SELECT features <=> %s FROM images", (np.ones(20),))
        self.assertEqual(
            plain, self.fetch("SELECT features <=> %s FROM images", (Query(np.ones(20)),))
        )
        self.assertEqual(
            self.fetch("SELECT count(*) FROM images, intsearch_many(features, %s)", (np.eye(20),)),
            20,
        )
        query = Query([1, 2], aspect=1)
        self.assertEqual(self.fetch("SELECT %s", (query,)), query)
        hostile = Query([1], pooling="max'; DROP TABLE images; --")
        with self.assertRaises(psycopg2.DataError):
            self.fetch("SELECT %s", (hostile,))


class Asyncpg(unittest.TestCase):
    def run_on(self, steps):
        async def run():
            connection = await asyncpg.connect(database=DATABASE, host=os.environ["PGHOST"])
            try:
                await intsearch.asyncpg.register(connection)
                await steps(connection)
            finally:
                await connection.close()

        fresh_table()
        asyncio.run(run())

    def test_maps_in_and_out(self):
        async def steps(connection):
            array = random_map(1)
            await connection.execute(
                "INSERT INTO images VALUES (1, 'a', $1), (2, 'b', $2)", array, None
            )
            found = await connection.fetchval("SELECT features FROM images WHERE id = 1")
            self.assertTrue(nearly(found, array))
            self.assertIsNone(await connection.fetchval("SELECT features FROM images WHERE id = 2"))
            await connection.execute("UPDATE images SET features = $1 WHERE id = 2", found)
            self.assertEqual(
                await connection.fetchval(
                    "SELECT count(*) FROM (SELECT DISTINCT features FROM images) AS maps"
                ),
                1,
            )

        self.run_on(steps)

    def test_queries(self):
        async def steps(connection):
            await connection.execute("INSERT INTO images VALUES (1, 'a', $1)", random_map(1))
            plain = await connection.fetchval("SELECT features <=> $1 FROM images", np.ones(20))
            self.assertEqual(
                plain, await connection.fetchval("SELECT features <=> $1 FROM images", [1] * 20)
            )
            query = Query(np.ones(20), aspect=1, pooling="max")
            square = await connection.fetchval(
                "SELECT features <=> featquery($1, aspect => 1, pooling => 'max') FROM images",
                np.ones(20),
            )
            self.assertNotEqual(square, plain)
            self.assertEqual(
                square,
                await connection.fetchval(
                    "SELECT features <=> $1::text::featquery FROM images", str(query)
                ),
            )

        self.run_on(steps)

    def test_copy(self):
        async def steps(connection):
            rows = [(number, f"name {number}", random_map(number)) for number in range(20)]
            await intsearch.asyncpg.copy_maps(
                connection, "images", ["id", "name", "features"], rows
            )
            found = await connection.fetchval(
                "SELECT featmap_send(features) FROM images WHERE id = 7"
            )
            self.assertTrue(nearly(read_map(found), random_map(7)))

        self.run_on(steps)


if __name__ == "__main__":
    unittest.main()
