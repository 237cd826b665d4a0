"""Enlarging training sets for person re-identification with people in other people's poses."""
