"""Training: the model, its losses, checkpoints and callbacks."""
