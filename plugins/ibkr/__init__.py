"""Interactive Brokers: one Source that brings quotes, books, prints, options and the account.

`contracts.yaml` says what the vendor calls each instrument, `library.py` alone imports its client.
"""

from .source import Ibkr

__all__ = ["Ibkr"]
