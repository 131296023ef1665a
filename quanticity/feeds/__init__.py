"""Fetch, stream, transform, check and keep: what turns an endpoint into fresh keys."""
