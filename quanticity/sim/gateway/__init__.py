"""A gateway that speaks the TWS protocol and serves the simulated market."""
