"""Tests of quanticity.config.lint."""
