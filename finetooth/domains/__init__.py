"""What may a parameter be? Domains, conditions and constraints, and where they are read from."""
