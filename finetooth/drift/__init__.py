"""Are the new rows still those that the model learned from? What it learned, what has moved, and where data arrive."""
