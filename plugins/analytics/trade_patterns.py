"""What kinds of prints the tape has: odd lots, sweeps, blocks, and large ones one by one."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from quanticity.api import Analytic, Inputs, Key, Kind, OnChange, Spec, Tape, eastern, field, quant

# Here, so that what has to be compiled is when this file is loaded, and not in a run.
_tape = quant.tape
_SLOT, _AHEAD, _DAY = 10.0, 5.0, 86_400.0


class TradePatternsParams(Spec):
    """What counts, and for how long."""

    seconds: float = field(300.0, help="how far back it looks", unit="seconds", ge=30)
    sweep_codes: tuple[str, ...] = field(
        ("intermarket_sweep", "intermarketsweep", "iso", "f", "14"),
        help="conditions that mark an intermarket sweep order, in small letters",
        min_length=1,
    )
    active_sweeps: int = field(3, help="sweeps within the last minute that are an alarm", ge=1)
    large_usd: float = field(
        1_000_000.0, help="prints of at least so much are told one by one", unit="USD", gt=0
    )
    large_kept: int = field(20, help="how many of those", ge=1)
    sweep_weight: float = field(0.5, help="weight of the swept part in `score`", ge=0)
    odd_lot_weight: float = field(0.3, help="weight of the odd lots", ge=0)
    block_weight: float = field(0.2, help="weight of the blocks' part", ge=0)


class Slot(msgspec.Struct):
    """The prints of ten seconds: how many and how many shares, of each kind.

    `net_swept` is shares swept by buyers less those by sellers; `told` are prints that carry any
    condition at all.
    """

    at: float
    prints: int = 0
    shares: float = 0.0
    odd: int = 0
    odd_shares: float = 0.0
    sweeps: int = 0
    swept: float = 0.0
    net_swept: float = 0.0
    blocks: int = 0
    block_shares: float = 0.0
    told: int = 0


class Watched(msgspec.Struct):
    """The slots of the window, the tape's last price and tick, and the day's large prints."""

    slots: list[Slot] = msgspec.field(default_factory=list)
    last: float = math.nan
    tick: float = 0.0
    newest: float = 0.0
    day: str = ""
    large: list[dict[str, Any]] = msgspec.field(default_factory=list)
    large_count: int = 0
    bought: float = 0.0
    sold: float = 0.0
    sweep: dict[str, Any] | None = None


class TradePatterns(Analytic):
    """Shares of odd lots, sweeps and blocks in the last minutes; the day's large prints.

    An odd lot is below the round lot of the stock's price, a block has 10,000 shares or $200,000,
    and a sweep is what the tape's condition says: never guessed from prints that come together.
    Odd lots and sweeps carry more than their part of what the informed know: O'Hara, Yao and Ye,
    What's Not There, Journal of Finance 69 (2014); Chakravarty, Jain, Upson and Wood, Clean Sweep,
    Journal of Financial and Quantitative Analysis 47 (2012). `score` is a weighted mean of the
    three parts, 0 to 1; the weights are parameters and no paper's.
    """

    name = "trade_patterns"
    Params = TradePatternsParams
    State = Watched
    reads = {"trades": Key("market:{symbol}:trades", kind=Kind.EVENTS, view=Tape)}
    writes = {
        "patterns": Key("analytics:trade_patterns:{symbol}", ttl=60),
        "sweep": Key("market:{symbol}:sweep", ttl=60),
        "large": Key("analytics:large_prints:{symbol}", ttl=600),
    }
    trigger = OnChange("trades", at_most_every=5.0)

    def compute(
        self, inputs: Inputs, state: Watched, now: float
    ) -> tuple[Mapping[str, Any], Watched]:
        """All three, from the prints of the window."""
        tape: Tape = inputs.trades
        if state.newest > now + _AHEAD:
            state = Watched()
        day = f"{eastern(now):%Y-%m-%d}"
        if day != state.day:
            state = Watched(day=day)
        midnight = eastern(now).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        fit = _tape.usable(tape.times, tape.prices, tape.sizes, midnight, now + _AHEAD)
        if fit.any():
            self._add(state, tape, np.flatnonzero(fit))
        since = now - self.params.seconds
        state.slots = [slot for slot in state.slots if slot.at + _SLOT > since]
        found = {
            "patterns": self._patterns(state.slots),
            "sweep": self._sweep(state, now),
            "large": self._large(state),
        }
        return found, state

    def _add(self, state: Watched, tape: Tape, which: Any) -> None:
        """The new prints go into their slots."""
        times, prices, sizes = tape.times[which], tape.prices[which], tape.sizes[which]
        signs = _tape.lee_ready(prices, tape.bids[which], tape.asks[which], state.last, state.tick)
        state.tick = _tape.tick_after(prices, state.last, state.tick)
        state.last, state.newest = float(prices[-1]), max(state.newest, float(times[-1]))
        # Its level, not each print's own price: the lot is assigned for months.
        odd = _tape.is_odd(sizes, _tape.round_lot(np.median(prices, keepdims=True)))
        blocks = _tape.is_block(prices, sizes)
        codes = frozenset(self.params.sweep_codes)
        conditions = [tape.conditions[at] for at in which.tolist()]
        swept = np.array([any(one.lower() in codes for one in each) for each in conditions])
        told = np.array([bool(each) for each in conditions])
        slots = {slot.at: slot for slot in state.slots}
        places = np.floor(times / _SLOT) * _SLOT
        for at in np.unique(places).tolist():
            here = places == at
            slot = slots.setdefault(at, Slot(at))
            slot.prints += int(here.sum())
            slot.shares += float(sizes[here].sum())
            slot.odd += int((here & odd).sum())
            slot.odd_shares += float(sizes[here & odd].sum())
            slot.sweeps += int((here & swept).sum())
            slot.swept += float(sizes[here & swept].sum())
            slot.net_swept += float((sizes * signs)[here & swept].sum())
            slot.blocks += int((here & blocks).sum())
            slot.block_shares += float(sizes[here & blocks].sum())
            slot.told += int((here & told).sum())
        state.slots = [slots[at] for at in sorted(slots)]
        if swept.any():
            at = int(np.flatnonzero(swept)[-1])
            state.sweep = _print(tape, int(which[at]), float(signs[at]))
        for at in np.flatnonzero(prices * sizes >= self.params.large_usd).tolist():
            usd = float(prices[at] * sizes[at])
            state.large_count += 1
            state.bought += usd if signs[at] > 0 else 0.0
            state.sold += usd if signs[at] < 0 else 0.0
            state.large.append(_print(tape, int(which[at]), float(signs[at])))
        state.large = state.large[-self.params.large_kept :]

    def _patterns(self, slots: list[Slot]) -> dict[str, Any]:
        prints, shares = sum(one.prints for one in slots), sum(one.shares for one in slots)
        odd, blocks = sum(one.odd for one in slots), sum(one.blocks for one in slots)
        known, parts = any(one.told for one in slots), _Parts(slots, prints, shares)
        params = self.params
        weights = {
            "sweeps": params.sweep_weight if known else 0.0,
            "odd_lots": params.odd_lot_weight,
            "blocks": params.block_weight,
        }
        total = sum(weights.values())
        values = {"sweeps": parts.swept, "odd_lots": parts.odd, "blocks": parts.blocks}
        score = None
        if prints and total > 0:
            score = sum(weights[name] * values[name] for name in weights) / total
        reason = None if prints else f"no print in the last {params.seconds:g} s"
        without = "no print of the window carries a condition, so that sweeps are not known"
        return {
            "score": score,
            "odd_lot_prints": parts.odd if prints else None,
            "odd_lot_volume": sum(one.odd_shares for one in slots) / shares if prints else None,
            "sweep_volume": parts.swept if prints and known else None,
            "block_volume": parts.blocks if prints else None,
            "counts": {
                "odd_lots": odd,
                "sweeps": parts.sweeps if known else None,
                "blocks": blocks,
            },
            "prints": prints,
            "shares": shares,
            "seconds": params.seconds,
            "absent": [] if known else ["sweeps"],
            "absent_reason": None if known or not prints else without,
            "unit": "parts of prints and of shares, 0 to 1",
            "convention": "score is the weighted mean of what is known; weights are the config's",
            "reason": reason,
        }

    def _sweep(self, state: Watched, now: float) -> dict[str, Any]:
        """The last minute's sweeps."""
        last = [slot for slot in state.slots if slot.at + _SLOT > now - 60]
        count, shares = sum(one.sweeps for one in last), sum(one.swept for one in last)
        known = _tells_conditions(state.slots)
        reason = None if known else "no print of the window carries a condition"
        return {
            "active": count >= self.params.active_sweeps if known else None,
            "count": count if known else None,
            "shares": shares if known else None,
            "net_shares": sum(one.net_swept for one in last) if known else None,
            "last": state.sweep,
            "seconds": 60,
            "unit": "shares; net is bought less sold",
            "method": "condition flag of the print; side by Lee-Ready",
            "reason": reason,
        }

    def _large(self, state: Watched) -> dict[str, Any]:
        seen = state.newest > 0
        moved = state.bought + state.sold
        return {
            "count": state.large_count if seen else None,
            "bought_usd": state.bought if seen else None,
            "sold_usd": state.sold if seen else None,
            "net_usd": state.bought - state.sold if seen else None,
            "lean": (state.bought - state.sold) / moved if moved > 0 else None,
            "least_usd": self.params.large_usd,
            "prints": state.large,
            "unit": "USD; lean -1 (sold) to 1 (bought)",
            "method": "side by Lee-Ready; of the day so far",
            "reason": None if moved > 0 else "no large print yet" if seen else "no print yet today",
        }


class _Parts:
    """Parts of a window, 0 to 1: of prints for odd lots, of shares for the others."""

    def __init__(self, slots: list[Slot], prints: int, shares: float) -> None:
        self.sweeps = sum(one.sweeps for one in slots)
        self.odd = sum(one.odd for one in slots) / prints if prints else 0.0
        self.swept = sum(one.swept for one in slots) / shares if shares else 0.0
        self.blocks = sum(one.block_shares for one in slots) / shares if shares else 0.0


def _tells_conditions(slots: list[Slot]) -> bool:
    """Whether the tape carries conditions: not where none of its prints has any."""
    return any(one.told for one in slots)


def _print(tape: Tape, at: int, sign: float) -> dict[str, Any]:
    price, size = float(tape.prices[at]), float(tape.sizes[at])
    return {
        "time": float(tape.times[at]),
        "price": price,
        "size": size,
        "usd": price * size,
        "side": {1.0: "buy", -1.0: "sell"}.get(sign, "unknown"),
        "venue": tape.venues[at] or None,
    }
