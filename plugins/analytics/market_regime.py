"""The regime of the market: that of its benchmark, and how many of its symbols agree."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from quanticity.api import Analytic, Every, Inputs, Key, OnChange, Spec, Value, field, number


class MarketRegimeParams(Spec):
    """Whose regime is the market's."""

    benchmarks: tuple[str, ...] = field(
        ("SPY", "SPX", "QQQ"),
        help="symbols whose regime is the market's; the first that has one counts",
        min_length=1,
    )
    symbols: tuple[str, ...] = field(
        ("SPX", "SPY", "QQQ", "IWM", "AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA"),
        help="symbols that are counted",
        example=["SPY", "QQQ"],
        min_length=1,
    )


class MarketRegime(Analytic):
    """State and confidence for whoever wants one of each; symbols have keys of their own.

    A vote would let seven large companies outvote the index that they are most of, so that the
    benchmark's own is taken, and the vote told beside it.
    """

    name = "market_regime"
    Params = MarketRegimeParams
    reads = {
        "regimes": Key("analytics:regime:{symbol}", 900, view=Value, optional=True, over="symbols"),
        "benchmark": Key(
            "analytics:regime:{symbol}", 900, view=Value, optional=True, over="benchmarks"
        ),
    }
    writes = {"regime": Key("analytics:regime", ttl=900)}
    trigger = (OnChange("regimes", "benchmark", at_most_every=15), Every(300))

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The benchmark's, and the count of each state."""
        regimes = {symbol: _mapping(inputs.regimes[symbol]) for symbol in self.params.symbols}
        own = {symbol: _mapping(inputs.benchmark[symbol]) for symbol in self.params.benchmarks}
        of = next((symbol for symbol, one in own.items() if _word(one, "state")), None)
        best = {} if of is None else own[of]
        states = Counter(word for one in regimes.values() if (word := _word(one, "state")))
        known = sum(states.values())
        told = _told(best)
        found = {
            **told,
            "of": of,
            "agreement": states[told["state"]] / known if of is not None and known else None,
            "states": {name: states[name] for name in sorted(states)},
            "symbols": {
                symbol: {**_told(one), "reason": one.get("reason")}
                for symbol, one in regimes.items()
                if one
            },
            "missing": [symbol for symbol, one in regimes.items() if not one],
            "unit": "confidence .5 (a coin) to 1; agreement is a share of the symbols",
            "convention": "volatile, reversion, trend or range",
            "method": "the benchmark's own regime",
            "reason": None if of else f"no regime of {', '.join(self.params.benchmarks)}",
        }
        return {"regime": found}, state


def _told(regime: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a regime; what is no word, or no number, is null."""
    words = {name: _word(regime, name) for name in ("state", "direction", "label")}
    return {**words, "confidence": number(regime.get("confidence"))}


def _word(regime: Mapping[str, Any], name: str) -> str | None:
    word = regime.get(name)
    return word if isinstance(word, str) and word else None


def _mapping(value: Value | None) -> Mapping[str, Any]:
    return value.data if value is not None and isinstance(value.data, Mapping) else {}
