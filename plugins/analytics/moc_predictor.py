"""Which way the close may be out of balance: what options and dark prints lean to since 14:00."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from quanticity.api import (
    Analytic,
    Inputs,
    Key,
    OnChange,
    Rows,
    Spec,
    Value,
    closing_time,
    eastern,
    field,
    moment,
    number,
    quant,
)

Floats = npt.NDArray[np.float64]

_MINUTE = 60.0
_MOST = 1e15
_FROM, _UNTIL = 14, 16
_BULL = ("call_volume_ask_side", "put_volume_bid_side")
_BEAR = ("call_volume_bid_side", "put_volume_ask_side")


class MocPredictorParams(Spec):
    """How the flow is looked at."""

    block: int = field(
        5, help="minutes that are added up into one amount of the score", unit="minutes", ge=1
    )
    blocks: int = field(6, help="blocks below which nothing is predicted", ge=2, example=6)


class Told(msgspec.Struct):
    """What was told last: on which day, which way, and since when."""

    day: str = ""
    direction: str = ""
    since: float = 0.0
    flips: int = 0


class MocPredictor(Analytic):
    """Direction and confidence of the imbalance at the close, and the hedge that options ask for.

    The flow of options is that of the taker: calls at the ask and puts at the bid lean to buying.
    It is added up in blocks, for flow of one minute follows that of the last, and measured against
    signs by fair coins, as are the dark prints of the day; `confidence` is 1 less the p-value of
    both together. It says that the leaning is no accident, not how often the close follows: no
    formula for that has been published. That hedges of options press on the last half-hour has
    been (G. Baltussen, Z. Da, S. Lammers, M. Martens, Hedging Demand and Market Intraday
    Momentum, 2021). `size` is the delta bought through options since 14:00, which whoever sold
    them must hold in shares; it is no forecast of the exchange's own figure.

    14:00 to 16:00 is meant literally: on a half day there is no prediction.
    """

    name = "moc_predictor"
    Params = MocPredictorParams
    State = Told
    reads = {
        "ticks": Key("feed:uw:ticks:{symbol}", 300, view=Value),
        "greeks": Key("raw:uw:greek_flow:{symbol}", 600, view=Rows, optional=True),
        "dark": Key("analytics:darkpool:{symbol}", 1800, view=Value, optional=True),
        "strikes": Key("analytics:strike_flow:{symbol}", 600, view=Value, optional=True),
        "gex": Key("options:{symbol}:gex", 600, view=Value, optional=True),
    }
    writes = {"prediction": Key("analytics:moc_pred:{symbol}", ttl=300)}
    trigger = OnChange("ticks", at_most_every=50.0)

    def compute(self, inputs: Inputs, state: Told, now: float) -> tuple[Mapping[str, Any], Told]:
        """The prediction, or why there is none."""
        local = eastern(now)
        day, start = (
            local.date().isoformat(),
            local.replace(hour=_FROM, minute=0, second=0, microsecond=0).timestamp(),
        )
        dark = _dark(inputs.dark)
        flow = self._flow(inputs.ticks.data, start, now)
        delta = self._delta(inputs.greeks, start, now)
        told = {"flow": flow, "delta": delta, "dark": dark}
        reason = self._why_not(local.hour, int(flow["blocks"]))
        closes = closing_time(local.date())
        if closes.hour < _UNTIL:
            reason = f"the exchange closes at {closes:%H:%M} today: no 14:00 to 16:00"
        scores = [each["score"] for each in (flow, delta) if each["score"] is not None]
        if reason or not scores:
            traded = flow["balance"] is not None
            reason = reason or ("both sides are even" if traded else "nothing traded since 14:00")
            return {"prediction": self._none(reason, told, local.hour)}, state
        # Both are of the same trades, so they are one piece of evidence and not two.
        parts = [sum(scores) / len(scores)]
        parts += [dark["score"]] if dark["score"] is not None else []
        score = quant.evidence.together(parts) or 0.0
        direction = "buy" if score > 0 else "sell" if score < 0 else "none"
        state = _next(state, day, direction, now)
        size, price = delta["shares"], _price(inputs.gex)
        prediction = {
            "symbol": self.values["symbol"],
            "direction": direction,
            "confidence": quant.evidence.confidence(score),
            "score": score,
            "size": size,
            "size_usd": None if size is None or price is None else size * price,
            "agrees": (size > 0) == (score > 0) if size and score else None,
            "one_sided": flow["one_sided"],
            "one_sided_premium": _premium(inputs.strikes),
            "dark_difference": dark["difference"],
            "since": state.since,
            "flips": state.flips,
            **told,
            **_words(),
            "reason": None,
        }
        return {"prediction": prediction}, state

    def _why_not(self, hour: int, blocks: int) -> str | None:
        if hour < _FROM:
            return "before 14:00"
        if hour >= _UNTIL:
            return "after 16:00"
        if blocks < self.params.blocks:
            wanted = self.params.blocks * self.params.block
            return f"{blocks * self.params.block} minutes since 14:00, {wanted} are needed"
        return None

    def _none(self, reason: str, told: Mapping[str, Any], hour: int) -> dict[str, Any]:
        names = ("direction", "confidence", "score", "size", "size_usd", "agrees")
        more = told if _FROM <= hour < _UNTIL else {}
        sides = ("one_sided", "one_sided_premium", "dark_difference")
        nothing = dict.fromkeys((*names, *sides, "since", "flips"))
        return {"symbol": self.values["symbol"], **nothing, **more, **_words(), "reason": reason}

    def _flow(self, body: Any, start: float, now: float) -> dict[str, Any]:
        """Contracts on either side since `start`, from running totals of the session."""
        rows = body.get("rows") if isinstance(body, Mapping) else None
        totals: dict[float, tuple[float, float]] = {}
        for row in rows if isinstance(rows, Sequence) and not isinstance(rows, str) else ():
            at = moment(row.get("time")) if isinstance(row, Mapping) else None
            if at is not None and start - 86_400 / 2 <= at and at + _MINUTE <= now:
                bull, bear = _sum(row, _BULL), _sum(row, _BEAR)
                if bull is not None and bear is not None:
                    totals[at] = (bull, bear)
        times = np.array(sorted(totals))
        sides = np.array([totals[at] for at in times.tolist()]).reshape(-1, 2)
        added = np.diff(sides, axis=0, prepend=np.zeros((1, 2)))[times >= start]
        # A total that falls was corrected: nothing is known of what that minute added.
        added = np.maximum(added, 0.0)
        signed = self._blocks(times[times >= start], added[:, 0] - added[:, 1], start)
        bull, bear = (float(side) for side in added.sum(axis=0)) if len(added) else (0.0, 0.0)
        gross = bull + bear
        return {
            "bullish": bull,
            "bearish": bear,
            "balance": (bull - bear) / gross if gross > 0 else None,
            "one_sided": max(bull, bear) / gross if gross > 0 else None,
            "score": quant.evidence.score(signed),
            "blocks": len(signed),
            "unit": "contracts",
        }

    def _delta(self, rows: Rows | None, start: float, now: float) -> dict[str, Any]:
        """Delta bought through options since `start`, in shares."""
        found: dict[float, float] = {}
        for row in rows or ():
            at, value = moment(row.get("timestamp")), number(row.get("dir_delta_flow"))
            if at is None or value is None or abs(value) >= _MOST:
                continue
            if start <= at and at + _MINUTE <= now:
                found[at] = value
        times = np.array(sorted(found))
        values = np.array([found[at] for at in times.tolist()])
        absent = "no Greek flow that is fresh" if rows is None else "none since 14:00"
        return {
            "shares": float(values.sum()) if found else None,
            "score": quant.evidence.score(self._blocks(times, values, start)),
            "unit": "shares",
            "reason": None if found else absent,
        }

    def _blocks(self, times: Floats, values: Floats, start: float) -> Floats:
        found: Floats = quant.evidence.blocks(times, values, start, self.params.block * _MINUTE)
        return found


def _words() -> dict[str, str]:
    return {
        "unit": "size in shares; score in standard deviations; shares of flow as fractions",
        "convention": "what leans to buying at the close counts +",
        "method": "blocks of option flow since 14:00 and dark prints of the day, against coins",
    }


def _sum(row: Mapping[str, Any], names: Sequence[str]) -> float | None:
    values = [number(row.get(name)) for name in names]
    known = [value for value in values if value is not None and 0 <= value < _MOST]
    return sum(known) if len(known) == len(values) else None


def _dark(dark: Value | None) -> dict[str, Any]:
    """Score of the day's dark prints, and how the recent dark share differs."""
    body = dark.data if dark is not None and isinstance(dark.data, Mapping) else {}
    share = body.get("share")
    difference = number(share.get("difference")) if isinstance(share, Mapping) else None
    return {
        "score": number(body.get("score")),
        "difference": difference,
        "unit": "score in standard deviations; difference of dark shares, a fraction",
        "reason": body.get("reason") if body else "no dark prints that are fresh",
    }


def _premium(strikes: Value | None) -> float | None:
    """The larger side's part of the premium since 14:00."""
    body = strikes.data if strikes is not None else None
    late = body.get("late") if isinstance(body, Mapping) else None
    return number(late.get("one_sided")) if isinstance(late, Mapping) else None


def _price(gex: Value | None) -> float | None:
    body = gex.data if gex is not None else None
    spot = number(body.get("spot")) if isinstance(body, Mapping) else None
    return spot if spot is not None and spot > 0 else None


def _next(before: Told, day: str, direction: str, now: float) -> Told:
    if before.day != day:
        return Told(day, direction, now, 0)
    if before.direction == direction:
        return before
    return Told(day, direction, now, before.flips + 1)
