"""The images of a person that a personal model includes."""
