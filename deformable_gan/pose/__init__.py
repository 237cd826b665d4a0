"""Skeletons, and estimating them in photographs and videos."""
