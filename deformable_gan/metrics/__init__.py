"""Metrics, one per file; none of them depends on training."""
