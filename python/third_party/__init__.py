"""Denoisers of other authors: their modules from PyPI, and their networks written in the format."""
