"""Places as in photographs, for dancers of the wide variety."""
