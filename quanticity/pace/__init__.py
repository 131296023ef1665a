"""Windows, reserved groups, look-ahead lending and schedules. Knows nothing of HTTP or Redis."""
