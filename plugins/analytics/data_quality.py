"""Whether a symbol's data can be trusted: how fresh each feed is, and whether figures can be so."""

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
    eastern,
    field,
    moment,
    quant,
)

_DAY = 86_400.0
# Each key of a feed, and how old it may be before it is stale (seconds, at its usual cadence).
_FEEDS = {
    "alpha_vantage_chain": ("raw:av:options:{symbol}", 60.0),
    "unusual_whales_chain": ("raw:uw:chains:{symbol}", 300.0),
    "bars": ("feed:av:bars:{symbol}", 300.0),
    "spot_gex": ("feed:uw:spot_gex:{symbol}", 180.0),
    "ticks": ("feed:uw:ticks:{symbol}", 180.0),
    "greek_flow": ("raw:uw:greek_flow:{symbol}", 360.0),
    "price": ("raw:uw:stream:price:{symbol}", 60.0),
    "book": ("market:{symbol}:book", 10.0),
}
_IN_VIEW = ("bid impossible", "ask impossible")
_RATIO, _COUNT, _SECONDS = "fraction", "count", "seconds"


class Stamp(Value):
    """Only when a value was true: nothing of it is decoded."""

    __slots__ = ()

    @classmethod
    def of(cls, one: Any) -> "Stamp":
        """Its times alone."""
        view = cls(one)
        view.data = None
        return view


class DataQualityParams(Spec):
    """What is still good."""

    bad: float = field(
        0.01, help="the part of a chain's contracts that may have an impossible figure", ge=0, le=1
    )
    spread: float = field(5.0, help="an option's spread that is wide, above it", unit="USD", gt=0)
    spread_part: float = field(0.5, help="and above this part of its middle", gt=0)
    wide: float = field(0.25, help="the part of quotes that may be wide", ge=0, le=1)
    book_spread: float = field(100.0, help="a book's spread that is wide", unit="bps", gt=0)
    ahead: float = field(5.0, help="how far a stamp may be ahead of now", unit="seconds", ge=0)
    gap: float = field(
        120.0, help="the longest time that may lie between two minute bars", unit="seconds", gt=0
    )
    look_back: float = field(3600.0, help="how far back bars are looked at", unit="seconds", gt=0)
    pause: float = field(120.0, help="how long no print is no pause", unit="seconds", gt=0)
    gross_gamma: float = field(
        quant.quality.MOST_GROSS_GAMMA,
        help="gross gamma above which the symbol's Greeks are not believed",
        unit="delta per $1",
        gt=0,
    )


class Known(msgspec.Struct):
    """Which checks were not passed, and the epoch second of the last print; 0 before the first."""

    up: list[str] = msgspec.field(default_factory=list)
    printed: float = 0.0


class DataQuality(Analytic):
    """Looks every fifteen seconds of market hours, and tells people when a check goes up or down.

    A check is null, with its reason, where there is nothing to judge by. `halt` says that the
    symbol should not be traded on: its gross gamma is out of all bounds; it is null where that
    is. The net may be negative.
    Whether a feed is stale is judged as for every reader: limits stretch with the session.
    """

    name = "data_quality"
    Params = DataQualityParams
    State = Known
    reads = {
        # The age is what is looked at: any value is wanted, and whether it is fresh beside it.
        **{name: Key(key, _DAY, view=Stamp, optional=True) for name, (key, _) in _FEEDS.items()},
        **{
            f"fresh_{name}": Key(key, limit, view=Stamp, optional=True)
            for name, (key, limit) in _FEEDS.items()
        },
        "first_chain": Key("raw:av:options:{symbol}", 60, view=Chain, optional=True),
        "second_chain": Key("raw:uw:chains:{symbol}", 900, view=Chain, optional=True),
        "depth": Key("market:{symbol}:book", _DAY, view=Book, optional=True),
        "minutes": Key("feed:av:bars:{symbol}", _DAY, view=Value, optional=True),
        "prints": Key("market:{symbol}:trades", kind=Kind.EVENTS, view=Tape, optional=True),
    }
    writes = {
        "quality": Key("analytics:data_quality:{symbol}", ttl=120),
        "alerts": Key("analytics:alerts", kind=Kind.EVENTS, ttl=7 * _DAY, cap=5000),
    }
    trigger = Every(15, sessions=("market_hours",))

    def compute(self, inputs: Inputs, state: Known, now: float) -> tuple[Mapping[str, Any], Known]:
        """All feeds and all checks, and an event for each check that changed."""
        tape = inputs.prints
        printed = max(state.printed, _newest(tape.times))
        feeds = {name: _feed(inputs, name, key, now) for name, (key, _) in _FEEDS.items()}
        checks = {
            "stale_feeds": self._stale(feeds),
            "stamps": self._stamps(inputs, now),
            **self._chain(inputs, now),
            **self._book(inputs.depth),
            "print_prices": _print_prices(tape),
            "print_pause": self._pause(printed, now),
            "bar_gap": self._gap(inputs.minutes, now),
        }
        up = [name for name, check in checks.items() if check["active"]]
        # What cannot be judged any more is not over.
        up += [name for name in state.up if name in checks and checks[name]["active"] is None]
        seen = [name for name, check in checks.items() if check["active"] is not None]
        told = {
            "symbol": self.values["symbol"],
            "good": not up if seen else None,
            "problems": up,
            "halt": "gross_gamma" in up or (False if "gross_gamma" in seen else None),
            "unit": "each check and feed names its own",
            "method": "a check is up where value is above limit",
            "feeds": feeds,
            "checks": checks,
            "reason": None if seen else "no data of it yet",
        }
        alerts = [self._alert("anomaly", one, checks[one]) for one in up if one not in state.up]
        over = [one for one in state.up if one not in up and one in checks]
        alerts += [self._alert("recovered", one, checks[one]) for one in over]
        return {"quality": told, "alerts": alerts}, Known(up, printed)

    def _stale(self, feeds: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        there = [feed for feed in feeds.values() if feed["age"] is not None]
        stale = [name for name, feed in feeds.items() if feed["fresh"] is False]
        if not there:
            return _check(None, 0, _COUNT, "no value of any feed yet")
        return _check(len(stale), 0, _COUNT) | {"feeds": stale}

    def _stamps(self, inputs: Inputs, now: float) -> dict[str, Any]:
        there = [one for name in _FEEDS if (one := inputs[name]) is not None]
        if not there:
            return _check(None, self.params.ahead, _SECONDS, "no value of any feed yet")
        ahead = max(0.0, *(one.timestamp - now for one in there))
        return _check(ahead, self.params.ahead, _SECONDS)

    def _chain(self, inputs: Inputs, now: float) -> dict[str, dict[str, Any]]:
        """The checks of the chain that is believed: the first that is fresh and has contracts."""
        chain = Chain.first(inputs.first_chain, inputs.second_chain)
        limits = {
            "option_prices": (self.params.bad, _RATIO),
            "option_crossed": (self.params.bad, _RATIO),
            "option_spreads": (self.params.wide, _RATIO),
            "volatility_bounds": (self.params.bad, _RATIO),
            "volatility_near_spot": (self.params.bad, _RATIO),
            "theta": (self.params.bad, _RATIO),
            "gross_gamma": (self.params.gross_gamma, "delta per $1, all contracts"),
        }
        values: Mapping[str, float | None] = {}
        reason = "no chain" if chain is None else "the chain is empty"
        if chain is not None and len(chain):
            values, reason = self._of_chain(chain, now), "the chain does not give it"
        return {
            name: _check(values.get(name), *limit, None if name in values else reason)
            for name, limit in limits.items()
        }

    def _of_chain(self, chain: Chain, now: float) -> dict[str, float | None]:
        quality, params = quant.quality, self.params
        spot, _ = chain.price(now)
        bad = chain.bad
        return _given(
            option_prices=sum(bad.get(why, 0) for why in _IN_VIEW) / chain.given,
            option_crossed=bad.get("quote crossed", 0) / chain.given,
            option_spreads=_part(
                quality.wide(chain.bid, chain.ask, params.spread, params.spread_part), chain.bid
            ),
            volatility_bounds=_part(quality.impossible_vol(chain.iv), chain.iv),
            volatility_near_spot=None
            if spot is None
            else _part(quality.doubtful_vol(chain.iv, chain.strike, spot), chain.iv),
            theta=_part(quality.impossible_theta(chain.theta), chain.theta),
            gross_gamma=quality.gross_gamma(chain.gamma),
        )

    def _book(self, book: Book | None) -> dict[str, dict[str, Any]]:
        limit = self.params.book_spread
        if book is None:
            reason = "no book: of an index there is none, else no handler brings it"
        elif book.bid is None or book.ask is None:
            reason = "the book has not both sides"
        else:
            crossed, spread = book.is_crossed, quant.book.spread_bps(book.bid, book.ask)
            return {
                "book_crossed": _check(float(crossed), 0, "1 where crossed"),
                "book_spread": _check(spread, limit, "bps of the bid"),
            }
        return {
            "book_crossed": _check(None, 0, "1 where crossed", reason),
            "book_spread": _check(None, limit, "bps of the bid", reason),
        }

    def _pause(self, printed: float, now: float) -> dict[str, Any]:
        if not printed:
            return _check(None, self.params.pause, _SECONDS, "no print yet")
        return _check(max(0.0, now - printed), self.params.pause, _SECONDS)

    def _gap(self, minutes: Value | None, now: float) -> dict[str, Any]:
        limit = self.params.gap
        data = None if minutes is None else minutes.data
        rows = data.get("rows") if isinstance(data, Mapping) else None
        if not isinstance(rows, tuple):
            return _check(None, limit, _SECONDS, "no minute bars")
        times = [moment(row.get("time")) for row in rows if isinstance(row, Mapping)]
        # A stamp of the future is no end of a gap.
        known = [time for time in times if time is not None and time <= now + self.params.ahead]
        stamps = np.array(known, np.float64)
        lacking, longest = quant.quality.gaps(stamps, _since(now, self.params.look_back))
        if not longest:
            return _check(None, limit, _SECONDS, "less than two minute bars")
        return _check(longest, limit, _SECONDS) | {"bars_missing": lacking}

    def _alert(self, kind: str, name: str, check: Mapping[str, Any]) -> dict[str, Any]:
        symbol, value = self.values["symbol"], check["value"]
        said = f"{symbol}: {name.replace('_', ' ')}"
        if value is not None:
            said += f" ({value:.3g}, limit {check['limit']:g} {check['unit']})"
        if kind == "recovered":
            said += " is over"
        return {"kind": kind, "component": f"data_quality:{symbol}", "message": said, "flag": name}


def _feed(inputs: Inputs, name: str, key: str, now: float) -> dict[str, Any]:
    value, fresh = inputs[name], inputs[f"fresh_{name}"]
    limit = _FEEDS[name][1]
    told = {"key": key, "age": None, "limit": limit, "unit": _SECONDS, "fresh": None}
    if value is None:
        return told | {"reason": "no value: its feed is off for this symbol, or did not run yet"}
    return (
        told
        | {"age": max(0.0, now - value.timestamp), "fresh": fresh is not None}
        | {"reason": None}
    )


def _check(
    value: float | None, limit: float, unit: str, reason: str | None = None
) -> dict[str, Any]:
    active = None if value is None else value > limit
    return {"active": active, "value": value, "limit": limit, "unit": unit, "reason": reason}


def _given(**values: float | None) -> dict[str, float | None]:
    return {name: value for name, value in values.items() if value is not None}


def _part(wrong: Any, of: Any) -> float | None:
    """The part of the figures that were given which is wrong; None where none was given."""
    given = len(of) - quant.quality.missing(of)
    return float(np.count_nonzero(wrong)) / given if given else None


def _print_prices(tape: Tape) -> dict[str, Any]:
    wrong = tape.bad.get("price or size not above zero", 0)
    all_of = len(tape) + sum(tape.bad.values())
    if not all_of:
        return _check(None, 0, _RATIO, "no print since the last look")
    return _check(wrong / all_of, 0.01, _RATIO)


def _since(now: float, look_back: float) -> float:
    """So far back, and not before the open: a minute without a trade is none then."""
    today = eastern(now)
    opened = today.replace(hour=9, minute=30, second=0, microsecond=0).timestamp()
    return max(now - look_back, opened)


def _newest(times: Any) -> float:
    known = times[np.isfinite(times)]
    return float(known.max()) if len(known) else 0.0
