"""Sharing models: the folder that is passed on, and model hubs."""
