"""What stands in for the world: simulated vendors."""
