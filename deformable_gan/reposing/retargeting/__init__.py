"""Retargeting one person's poses to another person's body and place."""
