"""Whether two vendors say the same: prices, volumes, option bids and Greeks, side by side."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from quanticity.api import (
    Analytic,
    Book,
    Chain,
    Every,
    Inputs,
    Key,
    Kind,
    Spec,
    Tape,
    Value,
    field,
    number,
)

_DAY = 86_400.0
_UW, _AV, _TAPE, _BROKER = "unusual_whales", "alpha_vantage", "the tape", "the broker"


class CrosscheckParams(Spec):
    """How far two figures may be apart."""

    price: float = field(
        0.02, help="prices of the underlying may differ by this part of the broker's", gt=0
    )
    bid: float = field(0.05, help="bids of options may differ", unit="USD", gt=0)
    spread: float = field(0.15, help="spreads of options may differ", unit="USD", gt=0)
    delta: float = field(0.10, help="deltas of options may differ", gt=0)
    volume: float = field(
        1.25, help="the part of the vendor's volume that the tape may have at most", gt=0
    )
    near: float = field(0.02, help="options within this part of spot are compared", gt=0, le=1)
    apart: float = field(
        20.0, help="option quotes are compared that are at most so far apart", unit="seconds", gt=0
    )
    window: float = field(60.0, help="the least time over which volumes are compared", gt=0)


Mark = tuple[float, float, float]
Volume = tuple[dict[str, Any], list[Mark], float]


class Watched(msgspec.Struct):
    """Checks that are up, and from when on volume is counted: (epoch seconds, vendor's, tape's)."""

    up: list[str] = msgspec.field(default_factory=list)
    marks: list[Mark] = msgspec.field(default_factory=list)
    taped: float = 0.0


class Crosscheck(Analytic):
    """Compares every fifteen seconds of market hours; `one` is the vendor, `other` the reference.

    Options near spot are compared contract by contract, and the middle of all differences counts:
    two chains are never of the same second, and those of different minutes are not compared.
    Where they differ, orders go by the broker's price.
    """

    name = "crosscheck"
    Params = CrosscheckParams
    State = Watched
    reads = {
        "stream": Key("raw:uw:stream:price:{symbol}", 60, view=Value, optional=True),
        "minute": Key("feed:uw:spot_gex:{symbol}", 180, view=Value, optional=True),
        "state": Key("raw:uw:stock_state:{symbol}", 900, view=Value, optional=True),
        "bars": Key("feed:av:bars:{symbol}", 300, view=Value, optional=True),
        "book": Key("market:{symbol}:book", 5, view=Book, optional=True),
        "prints": Key("market:{symbol}:trades", kind=Kind.EVENTS, view=Tape, optional=True),
        "uw_chain": Key("raw:uw:chains:{symbol}", 180, view=Chain, optional=True),
        "av_chain": Key("raw:av:options:{symbol}", 60, view=Chain, optional=True),
        "broker_chain": Key("raw:ibkr:options:{symbol}:0DTE", 60, view=Chain, optional=True),
    }
    writes = {
        "checks": Key("analytics:crosscheck:{symbol}", ttl=120),
        "alerts": Key("analytics:alerts", kind=Kind.EVENTS, ttl=7 * _DAY, cap=5000),
    }
    trigger = Every(15, sessions=("market_hours",))

    def compute(
        self, inputs: Inputs, state: Watched, now: float
    ) -> tuple[Mapping[str, Any], Watched]:
        """All comparisons, and an event for each that went over its limit or came back."""
        volume, marks, taped = self._volume(inputs, state, now)
        checks = {
            **self._prices(inputs),
            "volume": volume,
            **self._options(inputs.uw_chain, inputs.broker_chain, _BROKER, "option"),
            **self._options(inputs.uw_chain, inputs.av_chain, _AV, "vendor"),
        }
        up = [name for name, check in checks.items() if check["active"]]
        # What cannot be compared any more is not over.
        up += [name for name in state.up if name in checks and checks[name]["active"] is None]
        compared = [name for name, check in checks.items() if check["active"] is not None]
        told = {
            "symbol": self.values["symbol"],
            "active": up,
            "compared": compared,
            "unit": "each check names its own",
            "method": "active where the difference is above limit",
            "checks": checks,
            "reason": None if compared else "no two sources of one figure yet",
        }
        alerts = [self._alert("anomaly", one, checks[one]) for one in up if one not in state.up]
        over = [one for one in state.up if one in checks and one not in up]
        alerts += [self._alert("recovered", one, checks[one]) for one in over]
        return {"checks": told, "alerts": alerts}, Watched(up, marks, taped)

    def _prices(self, inputs: Inputs) -> dict[str, dict[str, Any]]:
        """Each vendor's price of the underlying against the middle of the book."""
        book = inputs.book
        mid = None if book is None else book.mid
        why = "no book of it" if book is None else "the book has no middle"
        other = _figure(_BROKER, mid, None if book is None else book.timestamp)
        found = {}
        for name, of, given in (
            ("price_stream", _UW, _of(inputs.stream, "close")),
            ("price_minute", _UW, _of(inputs.minute, "price")),
            ("price_state", _UW, _of(inputs.state, "close", "data")),
            ("price_bar", _AV, _last_close(inputs.bars)),
        ):
            reason = why if mid is None else None if given[0] is not None else "no price of it"
            difference = None
            if mid is not None and given[0] is not None:
                difference = abs(given[0] - mid) / mid
            one = _figure(of, *given)
            unit = "fraction of the other"
            found[name] = _check(one, other, difference, self.params.price, unit, reason)
        return found

    def _volume(self, inputs: Inputs, state: Watched, now: float) -> Volume:
        """What the tape had of the volume that the vendor counted meanwhile: not more than all."""
        taped = state.taped + float(np.nansum(inputs.prints.sizes))
        volume, at = _of(inputs.stream, "vol")
        limit, unit = self.params.volume, "other as a part of one"

        def unknown(reason: str, marks: list[Mark]) -> Volume:
            one, other = _figure(_UW, None, at), _figure(_TAPE, None, now)
            return _check(one, other, None, limit, unit, reason), marks, taped

        if not volume:
            return unknown("the vendor counts no volume", [])
        if not taped:
            return unknown("no print yet", [])
        # It begins anew where the vendor's count does.
        marks = [one for one in state.marks if one[0] < now and one[1] <= volume]
        first = marks[0] if marks else (now, volume, taped)
        counted, ours = volume - first[1], taped - first[2]
        if now - first[0] < self.params.window or not counted:
            return unknown("not watched for long enough yet", marks or [first])
        recent = [one for one in marks if now - one[0] <= 5 * self.params.window]
        marks = [*(recent or marks[-1:]), (now, volume, taped)]
        check = _check(
            _figure(_UW, counted, at), _figure(_TAPE, ours, now), ours / counted, limit, unit, None
        )
        return check, marks, taped

    def _options(
        self, one: Chain | None, other: Chain | None, of: str, name: str
    ) -> dict[str, dict[str, Any]]:
        """The middle difference of bids, spreads and deltas of the contracts that both have."""
        figures: dict[str, Any] = {}
        reason = None
        if one is None or other is None:
            reason = f"no chain of {_UW}" if one is None else f"no option quotes of {of}"
        elif abs(one.timestamp - other.timestamp) > self.params.apart:
            reason = f"their chains are {abs(one.timestamp - other.timestamp):.0f} s apart"
        else:
            mine, theirs = _pairs(one, other, self.params.near)
            if not len(mine):
                reason = "they have no contract near spot in common"
            else:
                figures = _differences(one, other, mine, theirs)
        found = {}
        for what, limit, unit in (
            ("bid", self.params.bid, "USD"),
            ("spread", self.params.spread, "USD"),
            ("delta", self.params.delta, "delta, per $1"),
        ):
            pair = figures.get(what)
            why = reason or (None if pair else f"no {what} that both give")
            values = pair or (None, None, None, None)
            found[f"{name}_{what}"] = _check(
                _figure(_UW, values[0], None if one is None else one.timestamp),
                _figure(of, values[1], None if other is None else other.timestamp),
                values[2],
                limit,
                unit,
                why,
            ) | {"contracts": values[3]}
        return found

    def _alert(self, kind: str, name: str, check: Mapping[str, Any]) -> dict[str, Any]:
        symbol, difference = self.values["symbol"], check["difference"]
        said = f"{symbol}: {name.replace('_', ' ')} of {check['one']['of']} and "
        said += str(check["other"]["of"])
        if difference is not None:
            said += f" ({difference:.3g}, limit {check['limit']:g} {check['unit']})"
        if kind == "recovered":
            said += " agree again"
        return {"kind": kind, "component": f"crosscheck:{symbol}", "message": said, "flag": name}


Given = tuple[float | None, float | None]


def _of(value: Value | None, name: str, inside: str = "") -> Given:
    """A figure and when it was true; None where it is not there."""
    data = None if value is None else value.data
    if inside and isinstance(data, Mapping):
        data = data.get(inside)
    found = number(data.get(name)) if isinstance(data, Mapping) else None
    if value is None or found is None or found < 0:
        return None, None
    return found, value.timestamp


def _last_close(value: Value | None) -> Given:
    data = None if value is None else value.data
    rows = data.get("rows") if isinstance(data, Mapping) else None
    last = rows[-1] if isinstance(rows, tuple) and rows else None
    if value is None or not isinstance(last, Mapping):
        return None, None
    return number(last.get("close")), number(last.get("time"))


def _figure(of: str, value: float | None, at: float | None) -> dict[str, Any]:
    return {"of": of, "value": value, "timestamp": at}


def _check(
    one: Any, other: Any, difference: float | None, limit: float, unit: str, reason: str | None
) -> dict[str, Any]:
    active = None if difference is None else difference > limit
    told = {"one": one, "other": other, "difference": difference, "limit": limit, "unit": unit}
    return {"active": active, **told, "reason": reason}


def _pairs(one: Chain, other: Chain, near: float) -> tuple[Any, Any]:
    """Where the contracts near spot that both have stand in each."""
    spot, _ = one.price(min(one.timestamp, other.timestamp))
    if spot is None:
        return [], []
    close = np.flatnonzero(np.abs(one.strike / spot - 1) < near).tolist()
    at = {one.symbols[index]: index for index in close}
    theirs = np.flatnonzero(np.abs(other.strike / spot - 1) < near).tolist()
    both = [(at[other.symbols[index]], index) for index in theirs if other.symbols[index] in at]
    return [pair[0] for pair in both], [pair[1] for pair in both]


def _differences(one: Chain, other: Chain, mine: Any, theirs: Any) -> dict[str, Any]:
    """By figure: its median here, there, the median difference, and of how many contracts."""
    found = {}
    for name, here, there in (
        ("bid", one.bid[mine], other.bid[theirs]),
        ("spread", (one.ask - one.bid)[mine], (other.ask - other.bid)[theirs]),
        ("delta", one.delta[mine], other.delta[theirs]),
    ):
        both = np.isfinite(here) & np.isfinite(there)
        if both.any():
            apart = np.abs(here[both] - there[both])
            medians = (np.median(here[both]), np.median(there[both]), np.median(apart))
            found[name] = (*map(float, medians), int(np.count_nonzero(both)))
    return found
