"""Sharing models: the folder of a published model, and model hubs."""
