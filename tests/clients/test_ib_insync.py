"""The suite, seen by ib_insync."""

from __future__ import annotations

from typing import Any

import ib_insync
import pytest
from suite import *  # noqa: F403


@pytest.fixture(scope="session")
def lib() -> Any:
    """The client."""
    return ib_insync
