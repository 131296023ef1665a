"""Config: what may be written (`schema`), and how it is read, merged, checked and watched."""
