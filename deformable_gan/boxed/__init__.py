"""Trained models that ship with the package: their names, their files, reading and writing them."""
