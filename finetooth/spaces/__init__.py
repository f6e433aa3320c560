"""What may be tried? One file a model family, and the catalogue."""
