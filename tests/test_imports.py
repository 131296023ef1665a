"""Every module can be imported by itself, on every Python that is supported, without a warning."""

from __future__ import annotations

import importlib
import pkgutil
import signal
from collections.abc import Iterator

import pytest

import quanticity

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(quanticity.__path__, "quanticity.")
    if not module.name.endswith("__main__")
)


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """As they were: a server that forks becomes deaf to some by an import, for good."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports(name: str):
    assert importlib.import_module(name).__doc__
