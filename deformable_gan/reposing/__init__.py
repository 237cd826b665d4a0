"""Generating people from photographs in other poses."""
