"""Typed, read-only views of stored values; decoded once for each seq and shared by all readers."""

from quanticity.views.base import Stored, Value, View

__all__ = ["Stored", "Value", "View"]
