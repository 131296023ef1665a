"""Random trees of plain values."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from quanticity.config.scalars import resolve

names = st.text(alphabet="abcdefgxyz_", min_size=1, max_size=6)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    # Text that PyYAML takes for text and we for a number (1e5) would need quotes.
    st.text(max_size=12).filter(
        lambda text: text.isprintable() and isinstance(resolve(text), str | None)
    ),
)


def trees(leaves: st.SearchStrategy[Any] = scalars) -> st.SearchStrategy[dict[str, Any]]:
    """Mappings of mappings, lists and scalars."""
    inside = st.recursive(
        leaves,
        lambda below: st.one_of(
            st.lists(below, max_size=3), st.dictionaries(names, below, max_size=4)
        ),
        max_leaves=12,
    )
    return st.dictionaries(names, inside, max_size=4)
