"""Keras layers: poses as images, deformable skips, normalisation."""
