"""Retargeting one person's poses to another body: pure NumPy on key points."""
