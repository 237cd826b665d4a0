"""The devices that TensorFlow computes on: their description, settings and problems."""
