"""The reference page of faults: from the catalogue, the schema of plans, and those that ship."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

from quanticity.sim.faults import CATALOG, Fault, shipped_plans
from quanticity.sim.faults.fault import Where
from quanticity.sim.faults.written import WrittenRule

_HEAD = """# Faults

Generated from the catalogue itself. What goes wrong in the simulated market goes wrong by name, for
the vendors and for the gateway alike:

```text
quanticity sim --scenario crash --faults flaky
quanticity sim vendors --faults latency+schema_drift
quanticity sim gateway --faults random:7
quanticity sim --faults mine.yaml
```

A name is that of a plan that ships, of a fault (which then strikes again and again), `random` or
`random:SEED`, or a YAML file; several are joined by `+`. In a config it is
`simulation: {faults: flaky}`. When the command ends it says how often each fault struck;
`--counters FILE` says it each second.

## A plan of your own

```text
about: chains are slow for a minute, and the gateway restarts at night
faults:
  - {fault: latency, where: http, matching: /option-chains, at: 30, for: 60, with: {seconds: 3}}
  - {fault: drop, where: [http, socket], rate: 0.02}
  - {fault: nightly_restart, at: "23:45"}
```

An occasion strikes the first event that comes after it; with `for` or `rate` it strikes what comes
meanwhile. One event is struck by one fault. Mistakes are told with file, line and column.

"""
_PLACES = {
    Where.HTTP: "a vendor's answers",
    Where.SOCKET: "a vendor's websocket",
    Where.WIRE: "the gateway's connections",
    Where.ORDERS: "what the gateway's broker does and says of orders",
}


def faults_page() -> str:
    """All of it, as Markdown."""
    return "".join([_HEAD, *_entry(), *_places(), *_faults(), *_plans()])


def _entry() -> Iterator[str]:
    yield "| field | what it is | example |\n|---|---|---|\n"
    for name, info in WrittenRule.model_fields.items():
        extra: Any = info.json_schema_extra or {}
        unit = f" ({extra['unit']})" if "unit" in extra else ""
        example = f"`{json.dumps(info.examples[0])}`" if info.examples else ""
        yield f"| `{info.alias or name}` | {info.description}{unit} | {example} |\n"


def _places() -> Iterator[str]:
    yield "\n## Places\n\n| place | what is struck |\n|---|---|\n"
    for place, text in _PLACES.items():
        yield f"| `{place}` | {text} |\n"


def _faults() -> Iterator[str]:
    yield "\n## Faults\n\n| fault | strikes at | what happens | parameters |\n|---|---|---|---|\n"
    for name, kind in CATALOG.items():
        places = ", ".join(kind.strikes)
        text = re.sub(r"\s+", " ", inspect.getdoc(kind) or "")
        yield f"| `{name}` | {places} | {text} | {'; '.join(_params(kind))} |\n"


def _params(kind: type[Fault]) -> Iterator[str]:
    for name, info in kind.model_fields.items():
        extra: Any = info.json_schema_extra or {}
        unit = f" {extra['unit']}" if "unit" in extra else ""
        default = "" if info.default is None else f", {info.default}{unit} by default"
        yield f"`{name}`: {info.description}{default}"


def _plans() -> Iterator[str]:
    yield "\n## Plans that ship\n\n| plan | what kind of day | faults |\n|---|---|---|\n"
    for name, (about, rules) in shipped_plans().items():
        kinds = ", ".join(dict.fromkeys(f"`{rule.fault.name}`" for rule in rules))
        yield f"| `{name}` | {about} | {kinds} |\n"
