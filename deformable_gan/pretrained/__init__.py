"""Other people's networks: where their files come from, and how they are read."""
