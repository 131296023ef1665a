"""The pulse of the market: how many rise, which sectors lead, what its internals say."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from quanticity.api import (
    Analytic,
    Bars,
    Every,
    Inputs,
    Key,
    OnChange,
    Spec,
    Value,
    field,
    number,
)

_HALF_HOUR = 1800.0
_DAY = 86_400.0
# Nothing becomes a hundred times dearer in a day: one such slip would be the mean of its sector.
_MOST = 100.0
# A change smaller than this is none: a hundredth of a basis point.
_STILL = 1e-6


class PulseParams(Spec):
    """Whom it looks at."""

    symbols: tuple[str, ...] = field(
        ("AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA"),
        help="shares that breadth counts",
        example=["AAPL", "MSFT"],
        min_length=1,
    )
    funds: tuple[str, ...] = field(
        ("SPY", "QQQ", "IWM"),
        help="funds; the first is what the rest is compared with",
        min_length=1,
    )
    sectors: dict[str, str] = field(
        factory=lambda: {
            "AAPL": "Technology",
            "MSFT": "Technology",
            "NVDA": "Technology",
            "GOOGL": "Communication Services",
            "META": "Communication Services",
            "AMZN": "Consumer Discretionary",
            "TSLA": "Consumer Discretionary",
        },
        help="sector of each share",
        example={"JPM": "Financials"},
    )
    internals: tuple[str, ...] = field(
        ("TICK", "ADD", "VIX"), help="indices of the broker's handler", example=["TICK"]
    )


class Pulse(Analytic):
    """Breadth, rotation and internals; what comes with the broker is null and named until then.

    Changes are since the close before, of the last price of the newest minute. A sector is the
    plain mean of its shares here, not a sector fund. VIX is the broker's where it is there, else
    the last close that FRED has.
    """

    name = "pulse"
    Params = PulseParams
    reads = {
        "shares": Key("feed:av:bars:{symbol}", 300, view=Bars, optional=True, over="symbols"),
        "funds": Key("feed:av:bars:{symbol}", 300, view=Bars, optional=True, over="funds"),
        "states": Key(
            "raw:uw:stock_state:{symbol}", 900, view=Value, optional=True, over="symbols"
        ),
        "fund_states": Key(
            "raw:uw:stock_state:{symbol}", 900, view=Value, optional=True, over="funds"
        ),
        "tide": Key("analytics:market_tide", 300, view=Value, optional=True),
        "internals": Key("raw:ibkr:index:{index}", 30, view=Value, optional=True, over="internals"),
        "vix_close": Key("feed:fred:VIXCLS", 6 * _DAY, view=Value, optional=True),
    }
    writes = {"pulse": Key("analytics:pulse", ttl=600)}
    trigger = (OnChange("shares", "funds", at_most_every=30), Every(60))

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """All of it, each part with its own reason."""
        shares = {
            symbol: _moved(inputs.shares[symbol], inputs.states[symbol])
            for symbol in self.params.symbols
        }
        funds = {
            symbol: _moved(inputs.funds[symbol], inputs.fund_states[symbol])
            for symbol in self.params.funds
        }
        breadth = _breadth(shares)
        found = {
            "score": breadth["score"],
            "breadth": breadth,
            "rotation": self._rotation(shares, funds),
            "funds": funds,
            "tide": _tide(inputs.tide),
            **{
                name.lower(): _internal(name, inputs.internals[name], inputs.vix_close)
                for name in self.params.internals
            },
            "unit": "changes as fractions; score -1 (all fall) to 1 (all rise)",
            "convention": "since the close before",
            "method": "advancers less decliners over both; sectors as the mean of their shares",
            "reason": breadth["reason"],
        }
        return {"pulse": found}, state

    def _rotation(
        self, shares: Mapping[str, Mapping[str, Any]], funds: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Each sector against the first fund, since the close and within half an hour."""
        benchmark = self.params.funds[0]
        market = funds[benchmark]
        sectors: dict[str, Any] = {}
        for sector in sorted({self.params.sectors.get(symbol, "other") for symbol in shares}):
            mine = [
                one
                for symbol, one in shares.items()
                if self.params.sectors.get(symbol, "other") == sector
            ]
            sectors[sector] = {
                name: _relative([one[name] for one in mine], market[name])
                for name in ("change", "half_hour")
            }
        known = {name: one["change"] for name, one in sectors.items() if one["change"] is not None}
        styles = {
            f"{symbol} less {benchmark}": _relative([one["change"]], market["change"])
            for symbol, one in funds.items()
            if symbol != benchmark
        }
        return {
            "benchmark": benchmark,
            "sectors": sectors,
            "leads": max(known, key=lambda name: (known[name], name), default=None),
            "lags": min(known, key=lambda name: (known[name], name), default=None),
            "styles": styles,
            "reason": None if known else f"no change of {benchmark}, or of no share",
        }


def _moved(bars: Bars | None, state: Value | None) -> dict[str, Any]:
    """The change of one symbol, where its price is known and the close before it."""
    found: dict[str, Any] = dict.fromkeys(("price", "change", "half_hour", "above_vwap", "reason"))
    body = state.data if state is not None and isinstance(state.data, Mapping) else {}
    row = body.get("data")
    before = number(row.get("prev_close")) if isinstance(row, Mapping) else None
    if bars is None or not len(bars):
        return found | {"reason": "no fresh bars"}
    price = float(bars.closes[-1])
    found["price"] = price
    earlier = np.flatnonzero(bars.times <= bars.times[-1] - _HALF_HOUR)
    if len(earlier):
        found["half_hour"] = price / float(bars.closes[earlier[-1]]) - 1
    found["above_vwap"] = _above_vwap(bars)
    if before is None or before <= 0:
        return found | {"reason": "no close before"}
    if not price / _MOST <= before <= price * _MOST:
        return found | {"reason": "price and close before are not of one share"}
    return found | {"change": price / before - 1}


def _above_vwap(bars: Bars) -> bool | None:
    """Whether the last close is above the session's volume-weighted typical price."""
    which = bars.session(float(bars.times[-1]) + 60)
    volumes = np.nan_to_num(bars.volumes[which])
    if not len(which) or not volumes.sum() > 0:
        return None
    typical = (bars.highs[which] + bars.lows[which] + bars.closes[which]) / 3
    return bool(bars.closes[-1] > np.sum(typical * volumes) / np.sum(volumes))


def _breadth(shares: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    changes = {name: one["change"] for name, one in shares.items() if one["change"] is not None}
    up = sum(change > _STILL for change in changes.values())
    down = sum(change < -_STILL for change in changes.values())
    vwap = [one["above_vwap"] for one in shares.values() if one["above_vwap"] is not None]
    return {
        "advancers": up,
        "decliners": down,
        "unchanged": len(changes) - up - down,
        "score": (up - down) / (up + down) if up + down else None,
        "above_vwap": sum(vwap) / len(vwap) if vwap else None,
        "shares": shares,
        "missing": [name for name in shares if name not in changes],
        "reason": None if up + down else "no share moved" if changes else "no share has a change",
    }


def _relative(changes: list[float | None], market: float | None) -> float | None:
    """The mean change less the market's."""
    known = [change for change in changes if change is not None]
    return sum(known) / len(known) - market if known and market is not None else None


def _tide(value: Value | None) -> dict[str, Any]:
    """Net premium of calls less that of puts, of the whole market since the open."""
    given = value.data if value is not None and isinstance(value.data, Mapping) else {}
    found = {name: number(given.get(name)) for name in ("net", "calls", "puts")}
    reason = given.get("reason") if given else "no market tide"
    return {**found, "unit": "USD", "reason": reason}


def _internal(name: str, value: Value | None, vix_close: Value | None) -> dict[str, Any]:
    given = value.data if value is not None else None
    row = given if isinstance(given, Mapping) else {"last": given}
    told = next((number(row[key]) for key in ("last", "price", "close") if key in row), None)
    if told is not None:
        return {"value": told, "from": "the broker", "reason": None}
    body = vix_close.data if name == "VIX" and vix_close is not None else None
    latest = body.get("latest") if isinstance(body, Mapping) else None
    close = number(latest.get("value")) if isinstance(latest, Mapping) else None
    if isinstance(latest, Mapping) and close is not None:
        return {"value": close, "from": f"FRED, the close of {latest.get('date')}", "reason": None}
    return {"value": None, "from": None, "reason": f"waiting for raw:ibkr:index:{name}"}
