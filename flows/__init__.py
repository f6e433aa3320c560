"""In which order? Each DAG on one screen."""
