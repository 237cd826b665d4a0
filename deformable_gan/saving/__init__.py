"""Where trained networks are saved, and reading them again: one loader for all places."""
