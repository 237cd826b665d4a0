"""Scoring of generated images against real ones, in blocks, so that it can be resumed."""
