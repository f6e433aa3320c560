"""Which version serves? Versions, the history of champions, and where both are stored."""
