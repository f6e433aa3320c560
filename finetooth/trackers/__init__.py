"""Where do old MLflow models look for their loader?"""
