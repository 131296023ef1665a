"""A recording run again: to prove that nothing differs, or with today's plugins."""
