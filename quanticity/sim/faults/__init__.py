"""What goes wrong on purpose, by name, for vendors and gateway alike."""
