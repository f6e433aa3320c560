"""What to try next? Pure functions of the trials so far."""
