"""How are many trials run? Evaluation, the loop, the journal and the cluster."""
