"""Turns a traced PyTorch module into a program of the `layers` network format."""
