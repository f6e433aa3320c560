"""What ties a step to Prefect: tasks and their caching, progress, events, and the folder of a run."""
