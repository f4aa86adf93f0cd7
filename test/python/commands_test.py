"""python3 -m intsearch load and describe, as a user runs them."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import psycopg
from database import DATABASE, fresh_table, nearly, random_map
from intsearch import read_map
from PIL import Image


def command(*words, status=0):
    """Runs it; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "intsearch", *map(str, words), "--database", DATABASE],
        capture_output=True,
        text=True,
    )
    if done.returncode != status:
        raise AssertionError(f"status {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


class Commands(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.connection = psycopg.connect(dbname=DATABASE, autocommit=True)
        self.addCleanup(self.connection.close)
        self.connection.execute("DROP TABLE IF EXISTS loaded")

    def stored(self, file, column="featmap_send(features)"):
        value = self.connection.execute(
            f"SELECT {column} FROM loaded WHERE file = %s", (file,)
        ).fetchone()[0]
        return read_map(value) if isinstance(value, bytes) else value

    def count(self):
        return self.connection.execute("SELECT count(*) FROM loaded").fetchone()[0]


class Load(Commands):
    def save(self, name, array):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        np.save(path, array)
        return path

    def test_a_folder(self):
        for number in range(70):
            self.save(f"{number}.npy", random_map(number))
        self.save("deeper/one.npy", random_map(71))
        np.savez(self.folder / "many.npz", a=random_map(72), b=random_map(73))
        (self.folder / "notes.txt").write_text("no map")
        self.assertIn("73 stored", command("load", "loaded", self.folder))
        self.assertTrue(nearly(self.stored("7.npy"), random_map(7)))
        self.assertTrue(nearly(self.stored("deeper/one.npy"), random_map(71)))
        self.assertTrue(nearly(self.stored("many.npz:b"), random_map(73)))

    def test_a_second_run_adds_what_is_missing(self):
        self.save("a.npy", random_map(1))
        command("load", "loaded", self.folder)
        self.save("b.npy", random_map(2))
        self.assertIn("1 stored, 1 there before", command("load", "loaded", self.folder))
        self.assertEqual(self.count(), 2)

    def test_bad_files_are_named_and_skipped(self):
        for number in range(5):
            self.save(f"good{number}.npy", random_map(number))
        (self.folder / "cut.npy").write_bytes(self.save("x.npy", random_map(9)).read_bytes()[:200])
        (self.folder / "x.npy").unlink()
        (self.folder / "foreign.npy").write_text("hello")
        (self.folder / "foreign.npz").write_text("hello")
        self.save("flat.npy", np.zeros((3, 4)))
        self.save("nan.npy", np.full((1, 2, 3), np.nan))
        self.save("text.npy", np.full((1, 2, 3), "a"))
        printed = command("load", "loaded", self.folder, status=1)
        for name in ("cut.npy", "foreign.npy", "foreign.npz", "flat.npy", "nan.npy", "text.npy"):
            self.assertIn(f"skipped {name}:", printed)
        self.assertIn("5 stored, 6 skipped", printed)
        self.assertEqual(self.count(), 5)

    def test_layout_tokens_and_channels(self):
        hwc = self.save("hwc.npy", random_map(1).transpose(1, 2, 0))
        command("load", "loaded", hwc, "--layout", "hwc")
        self.assertTrue(nearly(self.stored("hwc.npy"), random_map(1)))
        cells = random_map(2).reshape(20, 30).T
        tokens = self.save("tokens.npy", np.concatenate([np.ones((5, 20)), cells])[None])
        command("load", "loaded", tokens, "--tokens", "5x6")
        self.assertTrue(nearly(self.stored("tokens.npy"), random_map(2)))
        other = self.save("other.npy", random_map(3))
        self.assertIn("7 channels", command("load", "loaded", other, "--channels", "7", status=1))
        few = self.save("few.npy", np.ones((20, 20)))
        self.assertIn("20 tokens", command("load", "loaded", few, "--tokens", "5x6", status=1))

    def test_metadata(self):
        self.save("a.npy", random_map(1))
        self.save("b.npy", random_map(2))
        table = self.folder / "about.csv"
        table.write_text('file,title,"a ""year"""\na.npy,"Hands, folded",1510\n')
        command("load", "loaded", self.folder, "--csv", table)
        self.assertEqual(self.stored("a.npy", "title"), "Hands, folded")
        self.assertEqual(self.stored("a.npy", '"a ""year"""'), "1510")
        self.assertIsNone(self.stored("b.npy", "title"))

    def test_what_cannot_be_done(self):
        self.assertIn("there is no", command("load", "loaded", self.folder / "none", status=1))
        self.assertIn("no .npy", command("load", "loaded", self.folder, status=1))
        path = self.save("a.npy", random_map(1))
        fresh_table("id integer")
        self.assertIn("without the columns", command("load", "images", path, status=1))
        hostile = 'x"; DROP TABLE images; --'
        command("load", hostile, path)
        self.connection.execute('DROP TABLE "x""; DROP TABLE images; --"')
        self.connection.execute("SELECT FROM images")


class Describe(Commands):
    def setUp(self):
        super().setUp()
        self.model = self.folder / "model.onnx"
        self.images = self.folder / "images"
        self.images.mkdir()
        self.weights = np.random.default_rng(5).standard_normal((6, 3, 8, 8)).astype(np.float32)
        self.make_model()

    def make_model(self):
        """A convolution of 8 x 8 pixels a cell, a ReLU, the layer `map`, and one more layer."""
        helper = onnx.helper
        graph = helper.make_graph(
            [
                helper.make_node(
                    "Conv",
                    ["image", "weights"],
                    ["conv"],
                    name="conv",
                    kernel_shape=[8, 8],
                    strides=[8, 8],
                ),
                helper.make_node("Relu", ["conv"], ["map"], name="map"),
                helper.make_node("GlobalAveragePool", ["map"], ["pooled"], name="pooled"),
            ],
            "small",
            [
                helper.make_tensor_value_info(
                    "image", onnx.TensorProto.FLOAT, [1, 3, "height", "width"]
                )
            ],
            [helper.make_tensor_value_info("pooled", onnx.TensorProto.FLOAT, [1, 6, 1, 1])],
            [onnx.numpy_helper.from_array(self.weights, "weights")],
        )
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)]), self.model)

    def expected(self, pixels):
        """The layer by its definition, of [height][width][3] in 0..255."""
        rgb = pixels.astype(np.float32) / 255
        rgb = (rgb - np.float32((0.485, 0.456, 0.406))) / np.float32((0.229, 0.224, 0.225))
        height, width, _ = rgb.shape
        cells = rgb.reshape(height // 8, 8, width // 8, 8, 3)
        return np.maximum(np.einsum("yixjc,kcij->kyx", cells, self.weights), 0)

    def describe(self, *words, status=0):
        return command(
            "describe",
            "loaded",
            self.images,
            "--model",
            self.model,
            "--output",
            "map",
            *words,
            status=status,
        )

    def test_photographs(self):
        pixels = np.random.default_rng(1).integers(0, 256, (64, 128, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(self.images / "a.png")
        Image.fromarray(pixels[:, :, 0]).save(self.images / "grey.tiff")
        # stored lying on its side, with the orientation that turns it up
        turned = Image.Exif()
        turned[0x0112] = 6
        Image.fromarray(pixels).transpose(Image.Transpose.ROTATE_90).save(
            self.images / "turned.png", exif=turned
        )
        (self.images / "notes.txt").write_text("no photograph")
        printed = self.describe("--size", "128", status=1)
        self.assertIn("skipped notes.txt", printed)
        self.assertIn("3 stored, 1 skipped", printed)
        self.assertTrue(nearly(self.stored("a.png"), self.expected(pixels)))
        self.assertTrue(nearly(self.stored("turned.png"), self.expected(pixels)))
        self.assertEqual(
            (self.stored("turned.png", "width"), self.stored("turned.png", "height")), (128, 64)
        )
        self.assertEqual(self.stored("grey.tiff").shape, (6, 8, 16))
        self.assertIn(
            "0 stored, 3 there before, 1 skipped", self.describe("--size", "128", status=1)
        )

    def test_sizes(self):
        Image.fromarray(np.zeros((300, 500, 3), np.uint8)).save(self.images / "a.png")
        self.describe("--size", "256")
        self.assertEqual(self.stored("a.png").shape, (6, 20, 32))
        self.connection.execute("DROP TABLE loaded")
        self.describe("--size", "64", "--square")
        self.assertEqual(self.stored("a.png").shape, (6, 8, 8))
        self.assertEqual(
            (self.stored("a.png", "width"), self.stored("a.png", "height")), (500, 300)
        )

    def test_what_cannot_be_done(self):
        Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(self.images / "a.png")
        printed = command(
            "describe", "loaded", self.images, "--model", self.model, "--output", "other", status=1
        )
        self.assertIn("other", printed)
        printed = command(
            "describe",
            "loaded",
            self.images,
            "--model",
            self.folder / "none.onnx",
            "--output",
            "map",
            status=1,
        )
        self.assertIn("there is no", printed)


if __name__ == "__main__":
    unittest.main()
