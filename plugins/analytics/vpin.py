"""VPIN: how one-sided the flow was, bucket by bucket of equal volume."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from quanticity.api import (
    Analytic,
    Bars,
    Every,
    Inputs,
    Key,
    Kind,
    OnChange,
    Spec,
    Tape,
    Value,
    eastern,
    field,
    number,
    quant,
)

# Here, so that what has to be compiled is when this file is loaded, and not in a run.
_tape, _vpin = quant.tape, quant.vpin
_DAY, _AHEAD = 86_400.0, 5.0
_LEAST_BUCKET = 50.0
_SILENT = 900.0
# Of a vendor whose minutes are a quarter of an hour late the newest is twice as old.
_OLD_MINUTES = 2 * _SILENT
_WHOLE_DAY = (9 * 3600 + 45 * 60, 12 * 3600 + 45 * 60)
_METHODS = {
    "quotes": "Lee-Ready on prints with their quotes",
    "ticks": "tick test on prints, most without a quote",
    "bars": "bulk classification of one-minute bars: Phi(change / sigma), sigma over all bars",
}


class VpinParams(Spec):
    """How buckets are made and judged."""

    window: int = field(50, help="buckets that are averaged", unit="buckets", ge=1)
    least: int = field(10, help="buckets without which there is no VPIN", unit="buckets", ge=1)
    confident: int = field(
        30, help="of a VPIN of more buckets than this is said that it is sure", unit="buckets", ge=0
    )
    daily_volume: dict[str, float] | None = field(
        None,
        help="shares of a usual day by symbol, as long as the tape has not seen a whole one",
        unit="shares",
        example={"SPY": 60000000},
    )
    fallback: float = field(
        1000.0, help="the bucket where neither it nor a day's volume is known", unit="shares", gt=0
    )
    toxic: float = field(0.73, help="the level that is called toxic", ge=0, le=1)
    spike: float = field(0.89, help="the level that is an alert", ge=0, le=1)


class Flow(msgspec.Struct):
    """What goes on from run to run: the open bucket, the full ones, and the tape's last words.

    `days` are the volumes of whole sessions that were seen, the newest last.
    """

    size: float = 0.0
    filled: float = 0.0
    held: float = 0.0
    full: list[float] = msgspec.field(default_factory=list)
    last: float = math.nan
    tick: float = 0.0
    newest: float = 0.0
    day: str = ""
    first: float = 0.0
    volume: float = 0.0
    quoted: float = 0.0
    days: list[float] = msgspec.field(default_factory=list)
    spiking: bool = False


class Vpin(Analytic):
    """Of prints where there is a tape, else of the vendor's minutes.

    Easley, Lopez de Prado and O'Hara (2012), see `quant.vpin`. It describes the flow that was, and
    foretells nothing beyond volume and volatility (Andersen and Bondarenko, 2014). Buckets of a
    size before stay in the average until newer ones push them out.
    """

    name = "vpin"
    Params = VpinParams
    State = Flow
    reads = {
        "trades": Key("market:{symbol}:trades", kind=Kind.EVENTS, view=Tape, optional=True),
        "minutes": Key("feed:av:bars:{symbol}", 300, view=Bars, optional=True),
        "discovery": Key("discovered:{symbol}", _DAY, view=Value, optional=True),
    }
    writes = {
        "vpin": Key("analytics:vpin:{symbol}", ttl=300),
        "alerts": Key("analytics:alerts", kind=Kind.EVENTS, ttl=7 * _DAY, cap=5000),
    }
    # Not by the minutes, which are older than the prints: the figure is as of the newest print.
    trigger = (
        OnChange("trades", at_most_every=5.0),
        Every(30, sessions=("pre_market", "market_hours", "after_hours")),
    )

    def compute(self, inputs: Inputs, state: Flow, now: float) -> tuple[Mapping[str, Any], Flow]:
        """VPIN with how it was made, and an event when it goes above the spike or comes back."""
        tape: Tape = inputs.trades
        if state.newest > now + _AHEAD:
            state = Flow(days=state.days)
        fit = _tape.usable(tape.times, tape.prices, tape.sizes, now - _DAY, now + _AHEAD)
        if not state.newest and not fit.any():
            return {"vpin": self._of_minutes(inputs, now)}, state
        if fit.any():
            _turn(state, tape.times[fit])
        state.size, size_from = self._size(inputs.discovery, state)
        if fit.any():
            self._add(state, tape, fit)
        full = np.array(state.full)
        method = "quotes" if 2 * state.quoted >= state.volume else "ticks"
        told = self._told(full, state.size, size_from, method)
        silent = now - state.newest
        if silent > _SILENT:
            why = f"no print for {silent:,.0f} s: halted, closed, or the tape is down"
            told |= {"vpin": None, "level": None, "reason": why}
        told |= {"newest": state.newest, "quoted": state.quoted / state.volume}
        return {"vpin": told, "alerts": self._alerts(told, state)}, state

    def _add(self, state: Flow, tape: Tape, fit: Any) -> None:
        """The new prints go into buckets."""
        times, prices, sizes = tape.times[fit], tape.prices[fit], tape.sizes[fit]
        bids, asks = tape.bids[fit], tape.asks[fit]
        signs = _tape.lee_ready(prices, bids, asks, state.last, state.tick)
        state.tick = _tape.tick_after(prices, state.last, state.tick)
        state.last, state.newest = float(prices[-1]), max(state.newest, float(times[-1]))
        state.volume += float(sizes.sum())
        state.quoted += float(sizes[(bids > 0) & (asks >= bids)].sum())
        if state.filled > state.size:
            state.filled, state.held = state.size, state.held * state.size / state.filled
        # What nothing tells the side of is half of each.
        window, bought = self.params.window, (signs + 1) / 2
        cut = _vpin.buckets(sizes, bought, state.size, state.filled, state.held, window)
        state.filled, state.held = cut[-2:].tolist()
        state.full = (state.full + cut[:-2].tolist())[-window:]

    def _size(self, discovery: Value | None, state: Flow) -> tuple[float, str]:
        """Shares of a bucket, and where that is from."""
        found = _discovered(discovery)
        if found is not None:
            return max(_LEAST_BUCKET, found), "discovered"
        if state.days:
            usual = sum(state.days) / len(state.days)
            said = f"average of {len(state.days)} whole days of the tape / {_vpin.A_DAY}"
            return max(_LEAST_BUCKET, usual / _vpin.A_DAY), said
        given = (self.params.daily_volume or {}).get(self.values["symbol"])
        if given is not None and given > 0:
            said = f"usual daily volume of the config / {_vpin.A_DAY}"
            return max(_LEAST_BUCKET, given / _vpin.A_DAY), said
        return self.params.fallback, "fallback: no day's volume is known"

    def _of_minutes(self, inputs: Inputs, now: float) -> dict[str, Any]:
        """By bulk classification; bars in which nothing traded are filled in for sigma."""
        bars: Bars | None = inputs.minutes
        if bars is None:
            return self._none("no prints and no minutes", None)
        over = bars.complete(now)
        closes, volumes, times = bars.closes[over], bars.volumes[over], bars.times[over]
        if len(times) < 2 or not np.nansum(volumes) > 0:
            return self._none("its minutes have no volume: an index has none", "bars")
        slots = np.arange(times[0], times[-1] + 60, 60.0)
        place = np.searchsorted(times, slots, side="right") - 1
        exact = times[place] == slots
        closes, volumes = closes[place], np.where(exact, np.nan_to_num(volumes[place]), 0.0)
        size, size_from = self._size(inputs.discovery, Flow())
        changes = np.diff(closes, prepend=closes[0])
        bought = _vpin.bulk_bought(changes, float(np.std(changes[1:])))
        some = volumes > 0
        cut = _vpin.buckets(volumes[some], bought[some], size, 0.0, 0.0, self.params.window)
        told = self._told(cut[:-2], size, size_from, "bars")
        newest = float(times[-1]) + 60
        if now - newest > _OLD_MINUTES:
            why = f"no minute for {now - newest:,.0f} s: halted, closed, or the vendor is behind"
            told |= {"vpin": None, "level": None, "reason": why}
        return told | {"newest": newest - 60, "quoted": 0.0}

    def _told(self, full: Any, size: float, size_from: str, method: str) -> dict[str, Any]:
        params = self.params
        count = min(len(full), params.window)
        enough = count >= params.least
        found = _vpin.vpin(full, params.window) if enough else None
        reason = None if enough else f"{count} of at least {params.least} buckets are full"
        return self._none(reason, method) | {
            "vpin": found,
            "level": None if found is None else self._level(found),
            "confident": count > params.confident,
            "buckets": count,
            "bucket_shares": size,
            "bucket_from": size_from,
        }

    def _none(self, reason: str | None, method: str | None) -> dict[str, Any]:
        return {
            "vpin": None,
            "level": None,
            "confident": False,
            "buckets": 0,
            "bucket_shares": None,
            "bucket_from": None,
            "newest": None,
            "quoted": None,
            "unit": "0 (every bucket balanced) to 1 (one-sided)",
            "method": None if method is None else _METHODS[method],
            "convention": (
                f"mean of abs(bought - sold) / volume of the last {self.params.window} buckets; "
                "descriptive, no forecast"
            ),
            "reason": reason,
        }

    def _level(self, found: float) -> str:
        if found >= self.params.spike:
            return "spike"
        return "toxic" if found >= self.params.toxic else "normal"

    def _alerts(self, told: Mapping[str, Any], state: Flow) -> list[dict[str, Any]]:
        """One when a VPIN that is sure goes above the spike, one when it comes back."""
        if told["vpin"] is None or not told["confident"]:
            return []
        spiking = told["level"] == "spike"
        if spiking == state.spiking:
            return []
        state.spiking = spiking
        symbol = self.values["symbol"]
        said = f"{symbol}: VPIN {told['vpin']:.2f}, limit {self.params.spike:g}"
        kind = "anomaly" if spiking else "recovered"
        said += "" if spiking else " is over"
        return [{"kind": kind, "component": f"vpin:{symbol}", "message": said, "flag": "vpin"}]


def _turn(state: Flow, times: Any) -> None:
    """Begin a day where it is a new one: no bucket and no tick reaches over the night."""
    day = f"{eastern(float(times[-1])):%Y-%m-%d}"
    if day == state.day:
        return
    if _is_whole(state):
        state.days = [*state.days, state.volume][-20:]
    state.filled = state.held = state.tick = state.volume = state.quoted = 0.0
    state.last, state.day, state.first = math.nan, day, float(times[0])


def _is_whole(state: Flow) -> bool:
    """Whether the tape was there from about the open to about the close, of a half day at least."""
    if not state.first or not state.newest:
        return False
    begun, ended = eastern(state.first), eastern(state.newest)
    at = [one.hour * 3600 + one.minute * 60 + one.second for one in (begun, ended)]
    return at[0] <= _WHOLE_DAY[0] and at[1] >= _WHOLE_DAY[1]


def _discovered(discovery: Value | None) -> float | None:
    if discovery is None or not isinstance(discovery.data, Mapping):
        return None
    found = number(discovery.data.get("bucket_size"))
    return found if found is not None and 0 < found < 1e10 else None
