"""Preparing a dataset folder from videos and photographs."""
