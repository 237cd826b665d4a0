"""Generators, discriminators and the networks that losses look through."""
