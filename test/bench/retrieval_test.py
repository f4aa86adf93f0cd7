"""The measures of bench/quality, against values worked out by hand."""

import sys
import unittest
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent.parent / "bench"))

from retrieval import average_precision, overlap  # noqa: E402


class AveragePrecision(unittest.TestCase):
    def test_of_one_relevant_item_is_its_reciprocal_rank(self):
        self.assertEqual(average_precision("abcd", {"a"}), 1)
        self.assertEqual(average_precision("abcd", {"d"}), 1 / 4)

    def test_of_several_is_the_mean_of_their_precisions(self):
        self.assertAlmostEqual(average_precision("axbxxc", {"a", "b", "c"}), (1 / 1 + 2 / 3 + 3 / 6) / 3)
        self.assertEqual(average_precision("bax", {"a", "b"}), 1)

    def test_counts_what_is_not_ranked_as_nothing(self):
        self.assertEqual(average_precision("ax", {"a", "b"}), 1 / 2)
        self.assertEqual(average_precision("", {"a"}), 0)


class Overlap(unittest.TestCase):
    def test_of_a_box_with_itself(self):
        self.assertEqual(overlap((2, 3, 10, 7), (2, 3, 10, 7)), 1)

    def test_of_boxes_that_share_a_corner(self):
        # Each 4 x 4 = 16, of which 2 x 3 = 6 in common: 6 / (16 + 16 - 6).
        self.assertAlmostEqual(overlap((0, 0, 4, 4), (2, 1, 6, 5)), 6 / 26)

    def test_of_a_box_inside_another(self):
        self.assertEqual(overlap((1, 1, 3, 2), (0, 0, 4, 4)), 2 / 16)

    def test_of_boxes_that_touch_or_are_apart(self):
        self.assertEqual(overlap((0, 0, 2, 2), (2, 0, 4, 2)), 0)
        self.assertEqual(overlap((0, 0, 2, 2), (5, 5, 6, 6)), 0)

    def test_of_no_box(self):
        self.assertEqual(overlap(None, (0, 0, 4, 4)), 0)


if __name__ == "__main__":
    unittest.main()
