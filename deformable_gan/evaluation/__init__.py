"""Scoring generated images against real ones, block by block, so that a run can be cut anywhere."""
