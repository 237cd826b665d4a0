"""The model that trains, its checkpoints and callbacks."""
