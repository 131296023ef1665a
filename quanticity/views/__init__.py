"""Typed, read-only views of stored values; decoded once for each seq and shared by all readers."""

from quanticity.views.bars import Bars
from quanticity.views.base import Stored, Value, View
from quanticity.views.book import Book
from quanticity.views.chain import Chain
from quanticity.views.rows import Rows
from quanticity.views.tape import Tape

__all__ = ["Bars", "Book", "Chain", "Rows", "Stored", "Tape", "Value", "View"]
