"""Pretrained networks of other projects: downloading them and reading their file formats."""
