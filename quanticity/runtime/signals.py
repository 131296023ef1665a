"""What a strategy decided, as the values that are written for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from quanticity.component import Component, Intent, Passed
from quanticity.errors import BadOutput


def outputs_of(strategy: Component, decided: Sequence[Any], now: float) -> Mapping[str, Any]:
    """Outputs by the names of `writes`: pending and active signals, and the strategy's log.

    Ids follow from strategy, symbol and time alone, so that a replay gives the same.
    """
    name = strategy.values.get("strategy", strategy.name)
    wanted: list[dict[str, Any]] = []
    passed: list[dict[str, Any]] = []
    for one in decided:
        if isinstance(one, Intent):
            wanted.append(_signal(name, one, len(wanted), now))
        elif isinstance(one, Passed):
            passed.append(_record(name, one, now))
        else:
            kind = type(one).__name__
            raise BadOutput(f"{strategy.name}: decide returned {kind}, not Intent or Passed")
    outputs: dict[str, Any] = {}
    if wanted:
        outputs["pending"] = wanted
        outputs["active"] = {"signals": wanted}
    if "log" in strategy.writes and (wanted or passed):
        outputs["log"] = [*wanted, *passed]
    return outputs


def _signal(strategy: str, intent: Intent, number: int, now: float) -> dict[str, Any]:
    return {
        "id": f"SIG-{strategy}-{intent.symbol}-{round(now * 1000)}-{number}",
        "at": now,
        "strategy": strategy,
        # A default is left out elsewhere; how long it stands is nobody's to guess.
        "good_for": intent.good_for,
        **msgspec.to_builtins(intent),
    }


def _record(strategy: str, passed: Passed, now: float) -> dict[str, Any]:
    return {"at": now, "strategy": strategy, **msgspec.to_builtins(passed)}
