"""Models on their way from one person to another: the folder they travel in, and model hubs."""
