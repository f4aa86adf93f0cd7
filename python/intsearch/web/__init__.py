"""The page on which one draws a box in a photograph and sees where else there is its like."""
