"""Keeps our own lines out of a failure about a plugin: its author sees his, and what is said."""

from __future__ import annotations

from typing import Any


def where_it_is_said(found: Any) -> bool:
    """For `__tracebackhide__` of a module: pytest hides its frames where this is true.

    `found` is pytest's `ExceptionInfo`. What else goes wrong in a module of ours is shown whole.
    """
    return bool(found.errisinstance(AssertionError))
