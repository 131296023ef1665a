"""The suite, seen by ib_async."""

from __future__ import annotations

from typing import Any

import ib_async
import pytest
from suite import *  # noqa: F403


@pytest.fixture(scope="session")
def lib() -> Any:
    """The client."""
    return ib_async
