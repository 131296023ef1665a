"""Kernels on arrays: figures of the market, with their units, and nothing of keys or time.

`exposure` (what dealers would have to hedge), `gamma_profile` (the same with gamma repriced at
other spots, and where it changes sign), `parity` (the spot that a chain's own quotes imply),
`book` (imbalance and liquidity of an order book). Each module can be imported alone.
"""

from quanticity.quant import book, exposure, gamma_profile, parity

__all__ = ["book", "exposure", "gamma_profile", "parity"]
