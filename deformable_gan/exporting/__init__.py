"""Export of trained generators, in most formats to files that do not need this package."""
