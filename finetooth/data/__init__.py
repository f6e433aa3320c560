"""What is it tuned on? Sources, splits, the store and the sealed vault."""
