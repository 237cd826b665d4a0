"""Skeletons, and finding them in photographs and videos."""
