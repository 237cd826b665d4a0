"""Generators, discriminators and the feature networks of losses."""
