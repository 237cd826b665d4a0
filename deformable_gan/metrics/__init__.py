"""One score a file; nothing here knows of training."""
