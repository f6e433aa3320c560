"""Is it really better? Replication, statistics and the label."""
