"""The background of a person: filled in from one image, or seen in other frames of a clip."""
