"""How is a model fitted? Boosting, estimators and objectives, and the file that a model is kept in."""
