"""One gateway for all tests of a client."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("gateway", "suite")

from gateway import Told, gateway  # noqa: E402  # its assertions are rewritten from here on

if importlib.util.find_spec("quanticity") is not None:
    raise RuntimeError("clients are tested unmodified, in an environment of their own")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Told]]:
    """A gateway that runs: its port and its counters."""
    with gateway(tmp_path_factory.mktemp("gateway")) as found:
        yield found


@pytest.fixture(scope="session")
def port(running: tuple[int, Told]) -> int:
    """Where the gateway listens."""
    return running[0]
