"""Accumulation and distribution away from the exchanges, and how much trades there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from quanticity.api import (
    Analytic,
    Inputs,
    Key,
    Kind,
    OnChange,
    Rows,
    Spec,
    eastern,
    field,
    moment,
    number,
    quant,
)

Row = Mapping[str, Any]

# Compiled when this is loaded, and not in the midst of a run.
_tape = quant.tape
_MOST = 1e12
_SESSIONS = 5
# Not made at the market's price of that moment, so that no side can be read from them.
_PRICED_ELSEWHERE = ("average_price", "prior_reference", "contingent", "derivative")


class DarkPoolParams(Spec):
    """What is told, and from when on."""

    limit: float = field(2.0, help="score that tells", unit="standard deviations", gt=0)
    prints: int = field(10, help="signed prints below which there is no score", ge=2, example=10)
    recent: float = field(
        1800.0, help="span of the recent dark share", unit="seconds", gt=0, example=1800
    )


class Sums(msgspec.Struct):
    """Of the signed prints of a session: USD net, USD gross, squares, shares, and their number."""

    net: float = 0.0
    gross: float = 0.0
    squares: float = 0.0
    shares: float = 0.0
    n: int = 0
    unsigned: int = 0


class Seen(msgspec.Struct):
    """Today so far, what the last body held, and the sessions before."""

    day: str = ""
    sums: Sums = msgspec.field(default_factory=Sums)
    ids: list[str] = msgspec.field(default_factory=list)
    last: float | None = None
    tick: float = 0.0
    volumes: list[tuple[float, float, float]] = msgspec.field(default_factory=list)
    told: list[str] = msgspec.field(default_factory=list)
    before: dict[str, Sums] = msgspec.field(default_factory=dict)


class DarkPool(Analytic):
    """Signs the dark prints that the feed shows, and adds them up over the session.

    A print above the middle of the quote is a buy, below it a sell, at it by the tick test (Lee
    and Ready, 1991). The sum is measured in standard deviations of what coins for signs would
    give: more than `limit` is accumulation, less distribution. The feed shows the newest prints of
    all symbols every few minutes, so it is a sample; `coverage` says of which part.
    """

    name = "dark_pool"
    Params = DarkPoolParams
    State = Seen
    reads = {
        "prints": Key("raw:uw:darkpool", 1800, view=Rows),
        "levels": Key("raw:uw:offlit:{symbol}", 1800, view=Rows, optional=True),
    }
    writes = {
        "dark": Key("analytics:darkpool:{symbol}", ttl=1800),
        "alerts": Key("analytics:alerts", kind=Kind.EVENTS, ttl=7 * 86_400.0, cap=5000),
    }
    trigger = OnChange("prints", "levels")

    def compute(self, inputs: Inputs, state: Seen, now: float) -> tuple[Mapping[str, Any], Seen]:
        """Side of the prints, share of the volume; once a session an event for each direction."""
        left_out = Counter[str]()
        state = _of_day(state, eastern(now).date().isoformat())
        fresh = self._fresh(inputs.prints, state, now, left_out)
        _add(state, fresh)
        off, lit, tilt = _volumes(inputs.levels)
        told = self._leaning(state.sums)
        dark = {
            "symbol": self.values["symbol"],
            **told,
            "share": self._share(state, inputs.levels, off, lit, tilt),
            "coverage": state.sums.shares / off if off else None,
            "sessions": [
                {"day": day, **self._leaning(sums)} for day, sums in sorted(state.before.items())
            ],
            "left_out": dict(sorted(left_out.items())),
            "unit": "USD; score in standard deviations; shares of volume as fractions",
            "convention": "bought counts +, sold -",
            "method": "quote and tick test; against signs by fair coins",
        }
        return {"dark": dark, "alerts": self._alerts(told, state)}, state

    def _alerts(self, told: Mapping[str, Any], state: Seen) -> list[dict[str, Any]]:
        way = str(told["direction"])
        if not told["alert"] or way in state.told:
            return []
        state.told.append(way)
        symbol, limit = self.values["symbol"], self.params.limit
        said = f"{symbol}: {way} off the exchanges {told['score']:+.2f}, limit {limit:g}"
        component = f"dark_pool:{symbol}"
        return [{"kind": "anomaly", "component": component, "message": said, "flag": "dark_pool"}]

    def _fresh(self, rows: Rows, state: Seen, now: float, left_out: Counter[str]) -> list[Row]:
        """Prints that no body before held, oldest first."""
        symbol, known = self.values["symbol"], set(state.ids)
        mine = {_name(row): row for row in rows if str(row.get("ticker") or "").upper() == symbol}
        state.ids = list(mine) or state.ids
        found = []
        for name, row in mine.items():
            why = _why_not(row, state.day, now)
            if why:
                left_out[why] += 1
            elif name not in known:
                found.append((moment(row.get("executed_at")) or 0.0, name, row))
        return [row for _, _, row in sorted(found, key=lambda one: one[:2])]

    def _leaning(self, sums: Sums) -> dict[str, Any]:
        told = {"n": sums.n, "unsigned": sums.unsigned, "gross": sums.gross}
        least = self.params.prints
        if sums.n < least:
            nothing = dict.fromkeys(("net", "balance", "score", "direction", "alert"))
            seen = f"{sums.n} signed prints seen in this session, at least {least} are needed"
            return {**nothing, **told, "reason": seen}
        score = sums.net / sums.squares**0.5
        beyond = abs(score) > self.params.limit
        way = "accumulation" if score > 0 else "distribution"
        return {
            "net": sums.net,
            "balance": sums.net / sums.gross,
            "score": score,
            "direction": way if beyond else "neither",
            "alert": beyond,
            **told,
            "reason": None,
        }

    def _share(
        self, state: Seen, levels: Rows | None, off: float, lit: float, tilt: float | None
    ) -> dict[str, Any]:
        told: dict[str, Any] = dict.fromkeys(("now", "recent", "before", "difference", "seconds"))
        if levels is None or off + lit <= 0:
            why = "no fresh volumes by price" if levels is None else "nothing has traded yet"
            return told | {"tilt_bps": None, "reason": why}
        told |= {"now": off / (off + lit), "tilt_bps": tilt}
        at, kept = levels.timestamp, state.volumes
        # Less than before is another count: a corrected body, or another session's.
        kept = [one for one in kept if one[0] < at and one[1] <= off and one[2] <= lit]
        # The newest that is old enough stays, and what came after it.
        old = [one for one in kept if at - one[0] >= self.params.recent]
        kept = old[-1:] + [one for one in kept if at - one[0] < self.params.recent]
        state.volumes = [*kept, (at, off, lit)]
        if not kept:
            return told | {"reason": "recent: nothing earlier to compare with yet"}
        since, was_off, was_lit = kept[0]
        gained = off - was_off + lit - was_lit
        if gained <= 0 or was_off + was_lit <= 0:
            return told | {"reason": "recent: nothing has traded since the last look"}
        recent, before = (off - was_off) / gained, was_off / (was_off + was_lit)
        return told | {
            "recent": recent,
            "before": before,
            "difference": recent - before,
            "seconds": at - since,
            "reason": None,
        }


def _of_day(state: Seen, day: str) -> Seen:
    """A copy that may be changed; of a new day it begins anew and keeps the sessions before."""
    copy = msgspec.convert(msgspec.to_builtins(state), Seen)
    if copy.day == day:
        return copy
    before = {**copy.before, copy.day: copy.sums} if copy.sums.n else copy.before
    return Seen(day=day, before={one: before[one] for one in sorted(before)[-_SESSIONS:]})


def _why_not(row: Row, day: str, now: float) -> str:
    price, size, at = number(row.get("price")), number(row.get("size")), _at(row)
    if price is None or size is None or at is None or not 0 < price * size < _MOST or price <= 0:
        return "no price, size or time"
    if row.get("canceled") is True:
        return "cancelled"
    if at > now + 60 or eastern(at).date().isoformat() != day:
        return "of another day"
    if row.get("ext_hour_sold_codes"):
        return "outside regular hours"
    codes = f"{row.get('sale_cond_codes')} {row.get('trade_code')}".lower()
    return "priced elsewhere" if any(word in codes for word in _PRICED_ELSEWHERE) else ""


def _name(row: Row) -> str:
    """What tells prints apart; of those without a number, two that are alike are one."""
    plain = " ".join(str(row.get(name)) for name in ("executed_at", "price", "size"))
    return str(row.get("tracking_id") or plain)


def _at(row: Row) -> float | None:
    return moment(row.get("executed_at"))


def _add(state: Seen, rows: Sequence[Row]) -> None:
    if not rows:
        return
    prices, sizes, bids, asks = (
        np.array([number(row.get(name)) for row in rows], dtype=np.float64)
        for name in ("price", "size", "nbbo_bid", "nbbo_ask")
    )
    last = float("nan") if state.last is None else state.last
    signs = _tape.lee_ready(prices, bids, asks, last, state.tick)
    state.tick = _tape.tick_after(prices, last, state.tick)
    state.last = float(prices[-1])
    values = signs * prices * sizes
    sums = state.sums
    sums.net += float(values.sum())
    sums.gross += float(np.abs(values).sum())
    sums.squares += float(np.sum(values**2))
    sums.shares += float(sizes.sum())
    sums.n += int(np.count_nonzero(signs))
    sums.unsigned += int(np.count_nonzero(signs == 0))


def _volumes(levels: Rows | None) -> tuple[float, float, float | None]:
    """Shares off and on the exchanges, and how far the mean price off them is above, in bps."""
    if levels is None:
        return 0.0, 0.0, None
    prices, off, lit = (levels.numbers(name) for name in ("price", "off_vol", "lit_vol"))
    sane = (prices > 0) & (off >= 0) & (lit >= 0) & (prices < _MOST) & (off + lit < _MOST)
    prices, off, lit = prices[sane], off[sane], lit[sane]
    dark, bright = float(off.sum()), float(lit.sum())
    if dark <= 0 or bright <= 0:
        return dark, bright, None
    mean_off, mean_lit = (float(np.dot(prices, side) / side.sum()) for side in (off, lit))
    return dark, bright, (mean_off / mean_lit - 1) * 1e4
