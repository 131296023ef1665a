"""The contracts that a config names, read from its folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from quanticity.feeds.contract_schema import Contract

_NONE = "none"


def load_contracts(folder: Path, names: Iterable[str | None]) -> dict[str, Contract]:
    """Contracts by the name that YAML gives. ConfigError where a file is none."""
    wanted = {name for name in names if name and name != _NONE}
    return {name: Contract.load(folder / name, name) for name in sorted(wanted)}
