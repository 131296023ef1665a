"""Run apart: the shipped components over a market in a file; prints what all of it came to.

`python -m tests.plugins.hostile_market FILE`
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import orjson

from quanticity.clock import MarketCalendar
from quanticity.component import Analytic, Strategy
from quanticity.model import Kind, Write
from quanticity.runtime.ages import PlainAges
from quanticity.runtime.binding import bind
from quanticity.runtime.engine import Engine
from quanticity.runtime.execute import execute
from quanticity.runtime.loader import PluginFolders
from quanticity.runtime.wanted import open_names
from quanticity.store import envelope

PLUGINS = Path(__file__).parents[2] / "plugins"
MONDAY = 1_767_625_200.0
KEYS = {
    "chain": ("raw:av:options:SPY", "raw:uw:chains:SPY", "raw:cboe:chain:SPY"),
    "book": ("market:SPY:book",),
    "tape": ("market:SPY:trades",),
}
# What one step leads to is worked off in so many rounds: each reads what the last one wrote.
_ROUNDS = 4


def played(market: list[tuple[str, object]]) -> dict[str, object]:
    """Runs by component, their errors, and one hash over every output, state and error."""
    found = PluginFolders([PLUGINS], installed=False).refresh().components
    bindings = [
        bind(
            one,
            one.Params(**({"symbols": ["SPY"]} if name == "gex_shift" else {})),
            {"symbol": "SPY"} if "symbol" in open_names(one) else {},
        )
        for name, one in sorted(found.items())
        if issubclass(one, Analytic | Strategy)
    ]
    engine = Engine(bindings, PlainAges(), MarketCalendar(), now=MONDAY)
    total, runs, errors, number = hashlib.sha256(), dict[str, int](), list[str](), 0

    def arrive(key: str, data: bytes, now: float, kind: Kind = Kind.LATEST) -> None:
        nonlocal number
        number += 1
        write = Write(key, data, "market", now, now, 60.0, kind)
        engine.arrived(key, envelope.encode(write, f"{number}-0"), now)

    for step, (what, body) in enumerate(market):
        now = MONDAY + step
        for key in KEYS[what]:
            kind = Kind.EVENTS if what == "tape" else Kind.LATEST
            arrive(key, orjson.dumps(body), now, kind)
        for _ in range(_ROUNDS):
            engine.advance(now)
            for job in engine.take(now):
                result = execute(job.binding, job.views, job.state, job.now)
                name = job.binding.component.name
                runs[name] = runs.get(name, 0) + 1
                errors += [result.error] if result.error else []
                for part in (*(each.data for each in result.outputs), result.state or b""):
                    total.update(part)
                commit = engine.finish(job, result, now)
                for write in commit.writes if commit is not None else ():
                    arrive(write.key, write.data, now, write.kind)
    return {"hash": total.hexdigest(), "runs": runs, "errors": errors}


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(played(orjson.loads(Path(sys.argv[1]).read_bytes()))))
