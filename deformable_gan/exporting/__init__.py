"""Export of trained generators to files that do not need this package."""
