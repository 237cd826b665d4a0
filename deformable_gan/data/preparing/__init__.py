"""From videos and photographs to a dataset folder."""
