"""Poses of one person on the body of another: pure NumPy on key points."""
