"""How good was it? Evaluation, the journal and where trials run."""
