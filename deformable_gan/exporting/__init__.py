"""Export of trained generators; the files of most formats do not need this package."""
