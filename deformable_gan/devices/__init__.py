"""The devices that TensorFlow computes on: which they are, how they are shared, what is wrong."""
