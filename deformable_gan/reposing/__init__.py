"""Putting people from photographs into other poses."""
