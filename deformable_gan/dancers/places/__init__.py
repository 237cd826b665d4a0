"""Places as photographs show them, for dancers of the wide variety."""
