"""Which step is it? One thin Prefect task a file."""
