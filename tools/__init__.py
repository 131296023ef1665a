"""What makes locks, figures, pictures and generated pages; nothing of the program needs it."""
