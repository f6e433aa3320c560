"""What may a user ask? One frozen section a stage."""
