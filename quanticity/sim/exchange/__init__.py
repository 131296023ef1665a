"""A simulated broker: orders, matching against the market, accounts. Pure, driven by time."""
