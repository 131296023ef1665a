"""Interactive Brokers: one Source that brings quotes, books, prints, options and the account.

`contracts.yaml` says what the vendor calls each instrument, `library.py` alone imports its client.
"""

from collections.abc import Iterable

from quanticity.api import Component


def register_components() -> Iterable[type[Component]]:
    """The Source, once its library is there."""
    return []
