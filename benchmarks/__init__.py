"""How good and how fast, against peers and against the limit."""
