"""Should the champion be replaced? Drift and decay, the challenge, and the decision."""
