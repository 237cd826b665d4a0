"""Trained models and MoveNet as LiteRT files, which run without TensorFlow.

Importing TensorFlow and preparing its graphs takes most of the time before the first image. A
process that imports only this room, and the rooms for images and poses, starts several times
faster.
"""
