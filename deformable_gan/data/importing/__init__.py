"""Importing datasets of other projects into the dataset folder's format."""
