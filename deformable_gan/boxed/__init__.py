"""Trained models that ship with the package: their names, reading and writing."""
