"""Fixtures of the store's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.running import client, directory, ready


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    """The folder of one server, for all examples of a module."""
    with directory() as data, client(data, "pass") as child:
        ready(child)
        yield data
