"""Maps as arrays: the client's decoder against the server's own .npy files."""

import copy
import io
import pickle
import unittest

import numpy as np
import psycopg
from database import DATABASE, fresh_table, nearly, random_map
from intsearch import FeatureMap, Query, read_map, write_map
from intsearch.featmap import npy_bytes


class Maps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        fresh_table()
        cls.connection = psycopg.connect(dbname=DATABASE, autocommit=True)

    @classmethod
    def tearDownClass(cls):
        cls.connection.close()

    def stored(self, array, bits=8):
        """Binary output, text output and the server's .npy file of a map."""
        return self.connection.execute(
            "SELECT featmap_send(f), f::text, featmap_to_npy(f) FROM featmap_from_npy(%s, %s) AS f",
            (write_map(array), bits),
        ).fetchone()

    def test_decoder_agrees_with_the_server(self):
        for seed, (channels, height, width) in enumerate(
            [(20, 5, 6), (1, 1, 1), (9, 3, 2), (64, 2, 9), (513, 4, 4)]
        ):
            for signed in (False, True):
                for bits in (8, 16, 24):
                    array = random_map(seed, channels, height, width, signed)
                    data, text, file = self.stored(array, bits)
                    expected = np.load(io.BytesIO(file))
                    self.assertEqual(read_map(data).dtype, np.float32)
                    np.testing.assert_array_equal(read_map(data), expected)
                    np.testing.assert_array_equal(read_map(text), expected)

    def test_tokens_of_models(self):
        for model, shape, side in (
            ("DINOv2 ViT-S/14 with registers, 518 pixels", (1, 1374, 384), 37),
            ("CLIP ViT-B/16, 224 pixels", (1, 197, 768), 14),
            ("ColPali, the tokens of the image", (1, 1024, 128), 32),
        ):
            with self.subTest(model):
                tokens = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
                stored = self.connection.execute(
                    "SELECT featmap_send(featmap_from_tokens(%s, %s))", (npy_bytes(tokens), side)
                ).fetchone()[0]
                cells = tokens[0, -side * side :].reshape(side, side, shape[2])
                self.assertTrue(nearly(read_map(stored), cells.transpose(2, 0, 1)))

    def test_a_column_of_maps_refuses_tokens(self):
        fresh_table("features featmap(384)", "tokens")
        with self.assertRaisesRegex(psycopg.errors.DataException, "1 .*384|384 .*1"):
            self.connection.execute(
                "INSERT INTO tokens VALUES (%s)", (write_map(np.ones((1, 256, 384))),)
            )

    def test_largest_values(self):
        largest = np.full((1, 1, 2), np.finfo(np.float32).max, np.float32)
        data, _, file = self.stored(largest)
        np.testing.assert_array_equal(read_map(data), np.load(io.BytesIO(file)))

    def test_types_of_numbers(self):
        array = np.arange(24).reshape(2, 3, 4) - 5
        for kind in "f2 f4 f8 i1 i2 i4 i8 >f4 longdouble".split():
            np.testing.assert_array_equal(
                read_map(self.stored(array.astype(kind))[0]), read_map(self.stored(array)[0])
            )
        np.testing.assert_array_equal(
            read_map(self.stored(array.astype(np.float32)[None])[0]),
            read_map(self.stored(array)[0]),
        )
        try:
            from ml_dtypes import bfloat16
        except ImportError:
            return
        np.testing.assert_array_equal(
            read_map(self.stored(array.astype(bfloat16))[0]), read_map(self.stored(array)[0])
        )

    def test_what_was_read_goes_in_as_it_was_stored(self):
        data = self.stored(random_map(1, signed=True), 16)[0]
        array = read_map(data)
        self.assertEqual(write_map(array), data)
        self.assertEqual(write_map(copy.deepcopy(array)), data)
        self.assertEqual(write_map(pickle.loads(pickle.dumps(array))), data)
        self.assertFalse(array.flags.writeable)

    def test_what_was_changed_goes_in_as_it_is(self):
        array = read_map(self.stored(random_map(1))[0])
        for changed in (array.copy(), array * 2, array[:, 1:, :], array[::-1]):
            self.assertTrue(nearly(read_map(self.stored(changed)[0]), np.asarray(changed)))
            self.assertTrue(write_map(changed).startswith(b"\x93NUMPY"))
        array.flags.writeable = True
        array[0, 0, 0] = 7
        self.assertEqual(np.load(io.BytesIO(write_map(array)))[0, 0, 0], 7)

    def test_other_shapes_are_refused(self):
        for shape in ((3,), (3, 4), (2, 3, 4, 5), (1, 1, 3, 4, 5)):
            with self.assertRaisesRegex(ValueError, "shape"):
                write_map(np.zeros(shape))

    def test_foreign_bytes_are_refused(self):
        with self.assertRaises(ValueError):
            read_map("{{{1}}}")
        data = bytearray(self.stored(random_map(1))[0])
        data[0] = 9
        with self.assertRaisesRegex(ValueError, "version 9"):
            read_map(data)

    def test_a_map_is_an_array(self):
        array = read_map(self.stored(random_map(1))[0])
        self.assertIsInstance(array, FeatureMap)
        self.assertEqual(array.shape, (20, 5, 6))
        self.assertIsNone(array[0].stored)


class Queries(unittest.TestCase):
    def test_text_is_the_servers(self):
        queries = [
            Query([1, -0.5, 1e-20]),
            Query([0.1, 0.2], aspect=1, pooling="max"),
            Query(
                np.array([0.1, 0.2]),
                tolerance=0.3,
                pooling="gem",
                exponent=2.5,
                min_height=2,
                max_height=5,
                min_width=1,
                max_width=7,
                min_score=0.25,
            ),
        ]
        with psycopg.connect(dbname=DATABASE) as connection:
            for query in queries:
                text = connection.execute(
                    "SELECT %s::text::featquery::text", (str(query),)
                ).fetchone()[0]
                self.assertEqual(Query.parse(text), query)

    def test_settings(self):
        query = Query([1, 2], aspect=2, pooling="sum")
        self.assertEqual(query.settings, {"aspect": 2})
        self.assertEqual((query.aspect, query.pooling, query.tolerance), (2, "sum", 0.2))
        self.assertEqual(Query(query, pooling="max").settings, {"aspect": 2, "pooling": "max"})
        self.assertEqual(len({query, Query([1, 2], aspect=2)}), 1)
        with self.assertRaisesRegex(TypeError, "'pool'"):
            Query([1], pool="max")
        with self.assertRaisesRegex(ValueError, "2 dimensions"):
            Query([[1]])


if __name__ == "__main__":
    unittest.main()
