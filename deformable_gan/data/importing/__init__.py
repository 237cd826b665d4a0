"""Datasets of other projects, brought into the dataset folder's format."""
