"""Tests of quanticity.config."""
