"""Pretrained networks of other projects: their download and their file formats."""
