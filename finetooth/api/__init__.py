"""What is called from Python? Tuning, checking, retraining and predicting as functions; the command line calls them."""
