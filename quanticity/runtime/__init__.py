"""Plugins at work: found, bound, run, supervised."""
