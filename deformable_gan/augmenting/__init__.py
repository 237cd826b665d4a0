"""Enlarging training sets for re-identification: images of their people in new poses."""
