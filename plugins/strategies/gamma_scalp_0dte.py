"""Buys one call or put that expires today, at the strike where dealers hold the most gamma.

Direction. Where dealers are long gamma (total GEX above zero) their hedging pulls the price to
that strike: below it a call, above it a put. Where they are short it pushes the price away:
above it a call, below it a put. At the strike itself there is no direction (pin risk).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

import msgspec
import numpy as np

from quanticity.api import (
    Chain,
    ExitPlan,
    Inputs,
    Instrument,
    Intent,
    Key,
    Kind,
    OnChange,
    Passed,
    Reason,
    Spec,
    Strategy,
    Value,
    closing_time,
    eastern,
    field,
    number,
)

_Side = Literal["call", "put"]
_TIME = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
# Of each input but the chains, the figure that is looked at.
_FIGURES = {
    "gex": "total",
    "walls": "largest",
    "liquidity": "grade",
    "imbalance": "imbalance",
}


class GammaScalpParams(Spec):
    """When it acts, and on what."""

    near: float = field(
        0.001, help="most distance of the spot from the peak strike, as a fraction", gt=0
    )
    pin: float = field(
        0.0001, help="nearer than this there is no direction, as a fraction of the spot", ge=0
    )
    grades: tuple[str, ...] = field(("A", "B"), help="liquidity grades that will do")
    lean: float = field(0.10, help="least imbalance of the book towards the direction", ge=0)
    confidence: float = field(0.85, help="confidence of a signal", gt=0, le=1)
    first: str = field("09:35", help="no entry before (Eastern)", pattern=_TIME, example="09:35")
    last: str = field("15:30", help="no entry after (Eastern)", pattern=_TIME, example="15:30")
    days: int = field(0, help="days to expiry, at most", unit="days", ge=0)
    spread: float = field(
        0.10, help="widest spread of the contract, as a fraction of its middle", gt=0
    )
    prefer: tuple[str, ...] = field(
        ("alpha_vantage", "unusual_whales", "cboe"), help="chains in the order they are believed"
    )
    risk: float = field(0.02, help="most of the equity that one trade may lose", gt=0, le=0.05)
    stop_loss: float = field(0.50, help="loss at which it is out, as a fraction of the price", gt=0)
    trail: float = field(0.15, help="trailing stop, as a fraction of the highest price", gt=0)
    pause: float = field(300, help="least time between two signals", unit="seconds", ge=0)


class Memory(msgspec.Struct):
    """What it told last, so that it tells nothing twice."""

    signalled_at: float = 0.0
    logged: str = ""


class GammaScalp0Dte(Strategy):
    """The 0DTE gamma strategy: near the peak, liquid, and the book leans the same way."""

    name = "gamma_scalp_0dte"
    Params = GammaScalpParams
    State = Memory
    # All may be missing: what is lacking is told in the log, and then nothing is wanted.
    reads = {
        "gex": Key("options:{symbol}:gex", 180, view=Value, optional=True),
        "walls": Key("analytics:gamma_walls:{symbol}", 180, view=Value, optional=True),
        "liquidity": Key("analytics:liquidity:{symbol}", 10, view=Value, optional=True),
        "imbalance": Key("analytics:book_imbalance:{symbol}", 10, view=Value, optional=True),
        "alpha_vantage": Key("raw:av:options:{symbol}", 60, view=Chain, optional=True),
        "unusual_whales": Key("raw:uw:chains:{symbol}", 360, view=Chain, optional=True),
        "cboe": Key("raw:cboe:chain:{symbol}", 7200, view=Chain, optional=True),
        # What others flag holds it back; who does not run them is not held back.
        "flags": Key("analytics:anomalies:{symbol}", 60, view=Value, optional=True),
        "quality": Key("analytics:data_quality:{symbol}", 120, view=Value, optional=True),
        "alarm": Key("anomaly:gex", 300, view=Value, optional=True),
    }
    writes = {
        **Strategy.writes,
        "log": Key("logs:signals:0dte", kind=Kind.EVENTS, ttl=7 * 86_400, cap=5000),
    }
    trigger = OnChange("imbalance", "liquidity", at_most_every=2.0)

    def decide(
        self, inputs: Inputs, state: Memory, now: float
    ) -> tuple[Sequence[Intent | Passed], Memory]:
        """At most one intent."""
        symbol = self.values["symbol"]
        missing = [name for name in ("gex", "walls", "liquidity", "imbalance") if not inputs[name]]
        chain = next((inputs[one] for one in self.params.prefer if inputs[one] is not None), None)
        if chain is None:
            missing.append("a chain")
        if missing or chain is None:
            reason = f"missing or stale: {', '.join(missing)}"
            return self._pass(state, reason, snapshot=self._snapshot(inputs, now))
        view = _View.of(inputs)
        if view is None:
            reason = "a figure it needs is null"
            return self._pass(state, reason, snapshot=self._snapshot(inputs, now))
        if doubts := _doubts(inputs, symbol):
            reason = f"doubtful: {', '.join(doubts)}"
            return self._pass(state, reason, snapshot=self._snapshot(inputs, now))
        direction = view.direction(self.params.pin)
        triggers = tuple(self._triggers(view, direction, now))
        if direction is None or not all(one.held for one in triggers):
            lacking = ", ".join(one.name for one in triggers if not one.held)
            return self._pass(state, lacking or "no direction", triggers)
        # A moment still to come is of a demo before this one: each begins at ten.
        if 0 <= now - state.signalled_at < self.params.pause:
            return self._pass(state, "signalled lately", triggers)
        contract = _contract(chain, direction, view.spot, now, self.params)
        if contract is None:
            return self._pass(state, "no contract with a fair quote expires in time", triggers)
        instrument, ask = contract
        intent = Intent(
            symbol=symbol,
            direction=direction,
            instrument=msgspec.structs.replace(instrument, symbol=symbol),
            confidence=self.params.confidence,
            triggers=triggers,
            risk=self.params.risk,
            entry=ask,
            stop=round(ask * (1 - self.params.stop_loss), 4),
            exits=ExitPlan(
                stop_loss=self.params.stop_loss,
                trail=self.params.trail,
                targets=((0.5, 0.5), (1.0, 0.5)),
                time_stop=_before_close(now, 5),
            ),
        )
        return [intent], Memory(signalled_at=now, logged=f"{direction} signalled")

    def _triggers(self, view: "_View", direction: _Side | None, now: float) -> Iterator[Reason]:
        params = self.params
        clock = f"{eastern(now):%H:%M}"
        # On a half day as long before the close as on others.
        last = min(params.last, _before_close(now, 30))
        yield Reason("time_of_day", params.first <= clock < last, clock)
        yield Reason(
            "near_peak_gamma",
            abs(view.spot - view.peak) <= params.near * view.spot,
            f"{view.spot:g} of {view.peak:g}",
        )
        yield Reason("liquid", view.grade in params.grades, view.grade)
        lean = view.imbalance if direction == "call" else -view.imbalance
        held = direction is not None and lean >= params.lean
        yield Reason("book_leans_with_it", held, f"{view.imbalance:.3f}")

    def _pass(
        self,
        state: Memory,
        reason: str,
        triggers: tuple[Reason, ...] = (),
        snapshot: Mapping[str, Any] | None = None,
    ) -> tuple[Sequence[Passed], Memory]:
        if reason == state.logged:
            return [], state
        told = Passed(self.values["symbol"], reason, triggers, dict(snapshot or {}))
        return [told], Memory(state.signalled_at, reason)

    def _snapshot(self, inputs: Inputs, now: float) -> Mapping[str, Any]:
        """How old each input is (None where there is none that is fresh), and its figure."""
        told: dict[str, Any] = {}
        for name, key in self.reads.items():
            value = inputs[name]
            about: dict[str, Any] = {"age": None, "max_age": key.max_age}
            if value is not None:
                about["age"] = round(now - value.timestamp, 3)
                figure = _FIGURES.get(name)
                if figure is not None:
                    about[figure] = _figure(value, figure)
            told[name] = about
        return told


class _View(msgspec.Struct, frozen=True):
    """The figures it looks at."""

    spot: float
    peak: float
    gex: float
    imbalance: float
    grade: str

    @classmethod
    def of(cls, inputs: Inputs) -> "_View | None":
        """None where one of them is null."""
        spot, peak = _figure(inputs.liquidity, "mid"), _figure(inputs.walls, "largest")
        gex, lean = _figure(inputs.gex, "total"), _figure(inputs.imbalance, "imbalance")
        grade = _figure(inputs.liquidity, "grade")
        figures = [one for one in (spot, peak, gex, lean) if isinstance(one, float)]
        if len(figures) < 4 or not isinstance(grade, str):
            return None
        return cls(figures[0], figures[1], figures[2], figures[3], grade)

    def direction(self, pin: float) -> _Side | None:
        """`call`, `put`, or None at the strike itself and where gamma has no sign."""
        distance = self.spot - self.peak
        if abs(distance) <= pin * self.spot or self.gex == 0:
            return None
        above = distance > 0
        return "call" if above == (self.gex < 0) else "put"


def _figure(value: Value, name: str) -> float | str | None:
    """A number, or a word that is none; null where it is neither, whatever else was written."""
    found = value.data.get(name) if isinstance(value.data, Mapping) else None
    figure = number(found)
    return found if figure is None and isinstance(found, str) else figure


def _before_close(now: float, minutes: int) -> str:
    """So many minutes before the session of this day ends, "15:55"."""
    day = eastern(now).date()
    closes = datetime.combine(day, closing_time(day))
    return f"{closes - timedelta(minutes=minutes):%H:%M}"


def _doubts(inputs: Inputs, symbol: str) -> list[str]:
    """Why the figures should not be traded on, though they are there."""

    def of(name: str, figure: str) -> Any:
        value = inputs[name]
        return value.data.get(figure) if value and isinstance(value.data, Mapping) else None

    active, shifted = of("flags", "active"), of("alarm", "symbols")
    found = [str(one) for one in active] if isinstance(active, tuple) else []
    if of("quality", "halt"):
        found.append("data quality")
    if isinstance(shifted, tuple) and symbol in shifted:
        found.append("gamma exposure shifted")
    return found


def _contract(
    chain: Chain, direction: _Side, spot: float, now: float, params: Any
) -> tuple[Instrument, float] | None:
    """The strike at or just out of the money of the nearest expiry, and what it costs."""
    call = direction == "call"
    today = np.datetime64(eastern(now).date())
    days = (chain.expiry - today).astype(np.int64)
    beyond = chain.strike >= spot if call else chain.strike <= spot
    with np.errstate(invalid="ignore", divide="ignore"):
        fair = (chain.ask - chain.bid) <= params.spread * chain.mid
    usable = (chain.is_call == call) & (days >= 0) & (days <= params.days) & beyond & fair
    usable &= ~chain.adjusted & (chain.bid > 0) & (chain.expires > now)
    which = np.flatnonzero(usable)
    if not len(which):
        return None
    order = np.lexsort((np.abs(chain.strike[which] - spot), days[which]))
    best = int(which[order[0]])
    expiry: date = chain.expiry[best].astype(object)
    right: Literal["C", "P"] = "C" if call else "P"
    return (
        Instrument("", expiry.isoformat(), float(chain.strike[best]), right),
        float(chain.ask[best]),
    )
