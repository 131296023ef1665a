"""The reference page of scenarios: from their schema, and those that ship."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from quanticity.sim.market.factors import FACTORS
from quanticity.sim.market.scenario import (
    FlowTilt,
    Halt,
    Move,
    Pin,
    Scenario,
    Surface,
    scenarios,
)
from quanticity.spec import Spec

_HEAD = """# Scenarios

Generated from the schema itself. A scenario says what kind of day it is in the
[simulated market](../simulated-market.md): `--scenario NAME` of `sim`, in a config
`simulation: {scenario: NAME}`. The name is one of those below, or a YAML file of your own that
holds one:

```text
about: oil alone falls
moves:
  - {factor: oil, start: "10:00", end: "12:00", change: -0.1}
```

Mistakes are told with file, line and column. What is not written is as on a usual day.

## Those that ship

| scenario | day | what ought to act |
|---|---|---|
"""
_PARTS: tuple[tuple[str, type[Spec]], ...] = (
    ("A scenario", Scenario),
    ("An entry of `moves`", Move),
    ("`pin`", Pin),
    ("`flow`", FlowTilt),
    ("`surface`", Surface),
    ("An entry of `halts`", Halt),
)


def scenarios_page() -> str:
    """All of it, as Markdown."""
    return "".join([_HEAD, *_shipped(), *_fields(), *_factors()])


def _shipped() -> Iterator[str]:
    for name, scenario in scenarios().items():
        yield f"| `{name}` | {scenario.about} | {scenario.acts} |\n"


def _fields() -> Iterator[str]:
    for title, spec in _PARTS:
        yield f"\n## {title}\n\n| field | what it is | default | example |\n|---|---|---|---|\n"
        for name, info in spec.model_fields.items():
            extra: Any = info.json_schema_extra or {}
            unit = f" ({extra['unit']})" if "unit" in extra else ""
            plain = isinstance(info.default, str | int | float) and info.default != ""
            default = f"`{json.dumps(info.default)}`" if plain else ""
            example = f"`{json.dumps(info.examples[0])}`" if info.examples else ""
            yield f"| `{name}` | {info.description}{unit} | {default} | {example} |\n"


def _factors() -> Iterator[str]:
    yield "\n## Factors\n\n| factor | yearly volatility |\n|---|---:|\n"
    for name, (vol, _) in FACTORS.items():
        yield f"| `{name}` | {vol:.1%} |\n"
