"""All that was discovered, in one key: of each symbol, of toxicity, and of what moves together."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from quanticity.api import Analytic, Every, Inputs, Key, OnChange, Spec, Value, field, number

_DAY = 86_400.0
_STEPS = 100
# Scores seen; beyond, all counts are halved, and old ones fade.
_MOST_SEEN = 2_000
_SOUGHT = ("bucket_size", "acf_lookback_bars", "vol_regime")
_TOLD = (
    "bucket_size",
    "bucket_size_reason",
    "acf_lookback_bars",
    "acf_lookback_bars_reason",
    "volatility",
    "vol_regime",
    "vol_regime_reason",
    "prints",
    "bars",
)


class DiscoveryParams(Spec):
    """Which symbols, and how often."""

    symbols: tuple[str, ...] = field(
        ("SPX", "SPY", "QQQ", "IWM", "AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA"),
        help="symbols that are gathered",
        example=["SPY", "QQQ"],
        min_length=1,
    )
    every: float = field(900.0, help="time between two discoveries", unit="seconds", ge=60)
    least_scores: int = field(
        10, help="toxicity scores that its quantiles need", unit="minutes", ge=2
    )


class Scores(msgspec.Struct):
    """For each symbol, how often a toxicity was seen, by hundredths; and when it told last."""

    seen: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    told_at: float = 0.0
    complete: int = 0


class Discovery(Analytic):
    """Gathers `discovered:{symbol}`, and adds what needs several symbols or a while to know.

    Toxicity is looked at once a minute. It is told every fifteen minutes, and as soon as a symbol
    has a parameter more than it had.
    """

    name = "discovery"
    Params = DiscoveryParams
    State = Scores
    reads = {
        "found": Key("discovered:{symbol}", _DAY, view=Value, optional=True, over="symbols"),
        "toxicity": Key(
            "analytics:toxicity:{symbol}", 600, view=Value, optional=True, over="symbols"
        ),
        "correlations": Key("analytics:correlation_matrix", 900, view=Value, optional=True),
    }
    writes = {"discovery": Key("analytics:discovery", ttl=_DAY)}
    trigger = (OnChange("correlations", at_most_every=60), Every(60))

    def compute(
        self, inputs: Inputs, state: Scores, now: float
    ) -> tuple[Mapping[str, Any], Scores]:
        """Everything, where it is time for it or more is known than before."""
        seen = {
            symbol: _seen(state.seen.get(symbol, {}), inputs.toxicity.get(symbol))
            for symbol in self.params.symbols
        }
        symbols = {symbol: _parameters(inputs.found.get(symbol)) for symbol in self.params.symbols}
        toxicity = {symbol: self._quantiles(counts) for symbol, counts in seen.items()}
        correlations = _correlations(inputs.correlations)
        figures = [*(one.get(name) for one in symbols.values() for name in _SOUGHT)]
        figures += [one["q50"] for one in toxicity.values()] + [correlations["mean"]]
        complete = sum(figure is not None for figure in figures)
        # A clock that went back, as the demo's does at each start, makes it due.
        due = not 0 <= now - state.told_at < self.params.every
        if not due and complete <= state.complete:
            return {}, Scores(seen, state.told_at, state.complete)
        missing = [
            f"{symbol}: {one['reason']}" for symbol, one in symbols.items() if one.get("reason")
        ]
        found = {
            "discovered_at": now,
            "unit": "shares, bars, fraction a year, 0 to 1",
            "convention": "what cannot be found is null, its reason beside it",
            "method": "see discovered:SYMBOL and analytics:correlation_matrix",
            "symbols": symbols,
            "toxicity": toxicity,
            "correlations": correlations,
            "reason": "; ".join(missing) or None,
        }
        return {"discovery": found}, Scores(seen, now, complete)

    def _quantiles(self, counts: Mapping[str, int]) -> dict[str, Any]:
        total = sum(counts.values())
        found: dict[str, Any] = dict.fromkeys(("q50", "q75", "q90", "q95"))
        found |= {"minutes": total, "reason": None}
        if total < self.params.least_scores:
            said = f"{total} minutes with a toxicity, {self.params.least_scores} are needed"
            return found | {"reason": said}
        steps = sorted(map(int, counts))
        below = np.cumsum([counts[str(step)] for step in steps])
        for name, share in (("q50", 0.5), ("q75", 0.75), ("q90", 0.9), ("q95", 0.95)):
            # The inverted CDF: a toxicity that was really seen.
            found[name] = steps[int(np.argmax(below >= share * total - 1e-9))] / _STEPS
        return found


def _seen(before: Mapping[str, int], value: Value | None) -> dict[str, int]:
    counts = dict(before)
    given = value.data if value is not None and isinstance(value.data, Mapping) else {}
    score = number(given.get("toxicity"))
    if score is not None and 0 <= score <= 1:
        step = str(round(score * _STEPS))
        counts[step] = counts.get(step, 0) + 1
    while sum(counts.values()) > _MOST_SEEN:
        counts = {one: count // 2 for one, count in counts.items() if count > 1}
    return counts


def _parameters(value: Value | None) -> dict[str, Any]:
    given = value.data if value is not None and isinstance(value.data, Mapping) else None
    if given is None:
        return {"bucket_size": None, "reason": "nothing discovered yet"}
    return {**{name: given.get(name) for name in _TOLD}, "reason": given.get("reason")}


def _correlations(value: Value | None) -> dict[str, Any]:
    """The pairs that move as one, and how much all do; the matrix has a key of its own."""
    given = value.data if value is not None and isinstance(value.data, Mapping) else {}
    mean, high = number(given.get("mean")), given.get("high")
    return {
        "mean": mean,
        "high": high if isinstance(high, tuple) else [],
        "window": given.get("window"),
        "reason": None if mean is not None else given.get("reason") or "no correlation matrix",
    }
