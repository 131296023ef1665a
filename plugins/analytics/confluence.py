"""How many indicators of a symbol point the same way, and what that makes of a position's size."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from quanticity.api import Analytic, Bars, Every, Inputs, Key, Spec, Value, field, number

_WAYS = {
    "up": 1, "down": -1, "bullish": 1, "bearish": -1, "accumulation": 1, "distribution": -1,
}  # fmt: skip


class ConfluenceParams(Spec):
    """From where on an indicator points, and what their count is worth."""

    slope: float = field(1.0, help="slope that points", unit="standard deviations", gt=0)
    skew: float = field(1.0, help="skew against its usual one that points, as |z|", gt=0)
    rsi: float = field(5.0, help="distance of the RSI from 50 that points", gt=0, le=50)
    imbalance: float = field(0.2, help="book imbalance that points", gt=0, le=1)
    sentiment: float = field(0.15, help="sentiment that points", gt=0, le=1)
    distance: float = field(
        0.0005, help="distance from VWAP or zero gamma that points, a fraction", ge=0
    )
    least: int = field(3, help="indicators that must be known", ge=1)
    sizes: tuple[float, ...] = field(
        (0.5, 0.5, 0.75, 1.0, 1.0, 1.25),
        help="size multiplier by aligned less opposed indicators: 0, 1, 2, ...; the last for more",
        example=[0.5, 0.5, 0.75, 1.0, 1.0, 1.25],
        min_length=1,
    )


class Confluence(Analytic):
    """Counts what is aligned; each indicator votes 1 (up), -1 (down) or 0, or is absent.

    The multiplier goes by how many more point the way of the majority than against it: six for
    and five against is no agreement. An absent indicator is no vote, and is told with its reason.
    Votes are not weighted, and some of them look at the same prices: it is a count, no probability.
    """

    name = "confluence"
    Params = ConfluenceParams
    reads = {
        "bars": Key("feed:av:bars:{symbol}", 300, view=Bars, optional=True),
        "regime": Key("analytics:regime:{symbol}", 900, view=Value, optional=True),
        "skew": Key("analytics:skew:{symbol}", 900, view=Value, optional=True),
        "rsi": Key("technicals:{symbol}:rsi", 120, view=Value, optional=True),
        "macd": Key("technicals:{symbol}:macd", 120, view=Value, optional=True),
        "book": Key("analytics:book_imbalance:{symbol}", 30, view=Value, optional=True),
        "flow": Key("analytics:flow_momentum:{symbol}", 300, view=Value, optional=True),
        "dark": Key("analytics:darkpool:{symbol}", 900, view=Value, optional=True),
        "smart": Key("analytics:smart_divergence:{symbol}", 7200, view=Value, optional=True),
        "sentiment": Key("sentiment:{symbol}:score", 3600, view=Value, optional=True),
        "flip": Key("analytics:gamma_flip:{symbol}", 600, view=Value, optional=True),
        "reversion": Key("analytics:mean_reversion:{symbol}", 900, view=Value, optional=True),
    }
    writes = {"confluence": Key("analytics:confluence:{symbol}", ttl=120)}
    trigger = Every(30)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """Every vote, their count, and the multiplier."""
        params = self.params
        given = {name: _mapping(inputs[name]) for name in self.reads if name != "bars"}
        blend = _inside(given["regime"].get("blend"))
        usual = _inside(given["skew"].get("statistics"))
        rsi = number(given["rsi"].get("rsi"))
        votes = {
            "trend": _beyond(blend.get("slope"), params.slope),
            "skew": _beyond(usual.get("z"), params.skew),
            "rsi": _beyond(None if rsi is None else rsi - 50, params.rsi),
            "macd": _beyond(given["macd"].get("histogram"), 0.0),
            "vwap": _beyond(_above_vwap(inputs.bars, now), params.distance),
            "book": _beyond(given["book"].get("imbalance"), params.imbalance),
            "flow": _named(given["flow"].get("direction")),
            "dark_pool": _named(given["dark"].get("direction")),
            "smart_money": _named(given["smart"].get("direction")),
            "sentiment": _beyond(given["sentiment"].get("score"), params.sentiment),
            "zero_gamma": _long_gamma(given["flip"], params.distance),
            "reversion": _significant(given["reversion"]),
        }
        known = {name: vote for name, vote in votes.items() if vote is not None}
        up, down = (sum(vote == way for vote in known.values()) for way in (1, -1))
        enough = len(known) >= params.least
        ahead = abs(up - down)
        sizes = params.sizes
        multiplier = sizes[min(ahead, len(sizes) - 1)]
        said = f"{len(known)} indicators are known, {params.least} are needed"
        found = {
            "symbol": self.values["symbol"],
            "direction": (("up" if up > down else "down") if up != down else None)
            if enough
            else None,
            "aligned": max(up, down) if enough else None,
            "opposed": min(up, down) if enough else None,
            "neutral": len(known) - up - down,
            "known": len(known),
            "multiplier": multiplier if enough else None,
            "votes": votes,
            "absent": {name: _why(_SOURCES[name](given)) for name in votes if name not in known},
            "unit": "indicators; the multiplier is of a position's size",
            "convention": "1 up, -1 down, 0 neither, null absent",
            "method": "aligned less opposed, each indicator counts once",
            "reason": None if enough else said,
        }
        return {"confluence": found}, state


Given = Mapping[str, Mapping[str, Any]]
# Where the reason of an absent vote stands.
_SOURCES: Mapping[str, Callable[[Given], Mapping[str, Any]]] = {
    "trend": lambda given: _inside(given["regime"].get("blend")),
    "skew": lambda given: _inside(given["skew"].get("statistics")),
    "rsi": lambda given: given["rsi"],
    "macd": lambda given: given["macd"],
    "vwap": lambda given: {"reason": "no bars of this session"},
    "book": lambda given: given["book"],
    "flow": lambda given: given["flow"],
    "dark_pool": lambda given: given["dark"],
    "smart_money": lambda given: given["smart"],
    "sentiment": lambda given: given["sentiment"],
    "zero_gamma": lambda given: given["flip"],
    "reversion": lambda given: given["reversion"],
}


def _mapping(value: Value | None) -> Mapping[str, Any]:
    return {} if value is None else _inside(value.data)


def _inside(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, Mapping) else {}


def _why(given: Mapping[str, Any]) -> str:
    return str(given.get("reason") or ("it does not say" if given else "nothing fresh"))


def _beyond(given: Any, edge: float) -> int | None:
    """The sign of a figure whose size is above `edge`."""
    figure = number(given)
    if figure is None:
        return None
    return 0 if abs(figure) <= edge else 1 if figure > 0 else -1


def _long_gamma(given: Mapping[str, Any], edge: float) -> int | None:
    """1 where gamma is above zero at spot, -1 below it, 0 near where it turns.

    Mostly that is above the flip; where gamma falls through zero as the price rises, it is below.
    """
    flip, spot = number(given.get("flip")), number(given.get("spot"))
    gamma = number(given.get("gex_repriced"))
    if not flip or not spot or gamma is None:
        return None
    return 0 if abs(spot / flip - 1) <= edge else _beyond(gamma, 0.0)


def _named(given: Any) -> int | None:
    """The sign of a direction in words; another word is neither."""
    return _WAYS.get(given, 0) if isinstance(given, str) else None


def _significant(given: Mapping[str, Any]) -> int | None:
    """The way back to the mean, where the pull is more than chance."""
    if given.get("probability") is None:
        return None
    return (_named(given.get("direction")) or 0) if given.get("is_significant") else 0


def _above_vwap(bars: Bars | None, now: float) -> float | None:
    """How far the last close is above the session's volume-weighted price, as a fraction."""
    if bars is None:
        return None
    which = bars.session(now)
    volumes = np.nan_to_num(bars.volumes[which])
    if not volumes.sum() > 0:
        return None
    typical = (bars.highs[which] + bars.lows[which] + bars.closes[which]) / 3
    return float(bars.closes[which[-1]] / (np.sum(typical * volumes) / np.sum(volumes)) - 1)
