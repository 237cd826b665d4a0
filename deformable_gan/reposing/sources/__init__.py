"""Many photographs of one person: which of them serves for which pose."""
