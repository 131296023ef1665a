"""Quanticity: feeds described in YAML, plugins that read and write typed keys."""

__version__ = "0.1.0"
