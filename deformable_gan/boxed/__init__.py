"""Boxed models, the trained models that ship with the package: names, reading and writing."""
