"""The journal: everything that entered, and every run made on it, in order, on disk."""
