"""How toxic the flow is: VPIN, venues, patterns and the book's unrest in one figure."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from quanticity.api import (
    Analytic,
    Inputs,
    Key,
    Kind,
    OnChange,
    Spec,
    Tape,
    Value,
    field,
    number,
    quant,
)

# Here, so that what has to be compiled is when this file is loaded, and not in a run.
_tape = quant.tape
_SLOT, _AHEAD, _DAY = 30.0, 5.0, 86_400.0
_NO_NAMES = frozenset({"", "UNKNOWN", "UNK", "NONE", "NULL", "N/A", "?"})
_SHOWN = 10


class ToxicityWeights(Spec):
    """How much each part counts; what is absent is left out, and the rest weighted anew."""

    vpin: float = field(0.50, ge=0, le=1, help="weight of VPIN")
    venues: float = field(0.25, ge=0, le=1, help="weight of the venues' scores")
    patterns: float = field(0.20, ge=0, le=1, help="weight of odd lots, sweeps and blocks")
    book: float = field(0.05, ge=0, le=1, help="weight of the book's unrest")


class ToxicityParams(Spec):
    """The section `toxic_flow` of the config."""

    weights: ToxicityWeights = field(factory=ToxicityWeights, help="how much each part counts")
    venues: dict[str, float] = field(
        factory=dict,
        help="score of each venue, 0 (harmless) to 1 (toxic), by its market identifier code",
        example={"XNYS": 0.3, "XNAS": 0.5},
    )
    aliases: dict[str, str] = field(
        factory=dict,
        help="names that tapes and brokers have for venues",
        example={"NASDAQ": "XNAS", "ARCA": "ARCX"},
    )
    seconds: float = field(300.0, help="how far back it looks", unit="seconds", ge=30)
    least_prints: int = field(
        20, help="prints of which none may have a known venue before that is an alert", ge=1
    )
    least_books: int = field(10, help="books without which its unrest is not known", ge=2)


class Seen(msgspec.Struct):
    """Shares by venue as the tape names it, in slots of (epoch second, prints, shares by venue).

    `leans` are book imbalances, oldest first, as (epoch second, imbalance).
    """

    slots: list[tuple[float, int, dict[str, float]]] = msgspec.field(default_factory=list)
    leans: list[tuple[float, float]] = msgspec.field(default_factory=list)
    newest: float = 0.0
    blind: bool = False


class Toxicity(Analytic):
    """Weighted mean of four parts, each 0 to 1: .50 VPIN, .25 venues, .20 patterns, .05 book.

    Venues: the mean score of those whose name is known, by volume. Book: the deviation of its
    imbalance. Weights and scores are the config's: no paper gives them.
    """

    name = "toxic_flow"
    section = "toxic_flow"
    Params = ToxicityParams
    State = Seen
    reads = {
        "vpin": Key("analytics:vpin:{symbol}", 300, view=Value, optional=True),
        "patterns": Key("analytics:trade_patterns:{symbol}", 60, view=Value, optional=True),
        "imbalance": Key("analytics:book_imbalance:{symbol}", 30, view=Value, optional=True),
        "trades": Key("market:{symbol}:trades", kind=Kind.EVENTS, view=Tape, optional=True),
    }
    writes = {
        "toxicity": Key("analytics:toxicity:{symbol}", ttl=60),
        "venues": Key("analytics:venues:{symbol}", ttl=60),
        "alerts": Key("analytics:alerts", kind=Kind.EVENTS, ttl=7 * _DAY, cap=5000),
    }
    trigger = OnChange("vpin", "imbalance", "trades", at_most_every=5.0)

    def compute(self, inputs: Inputs, state: Seen, now: float) -> tuple[Mapping[str, Any], Seen]:
        """The figure with its parts, the venues, and an alert where no venue is known."""
        if state.newest > now + _AHEAD:
            state = Seen(blind=state.blind)
        since = now - self.params.seconds
        _add(state, inputs.trades, since, now)
        state.slots = [slot for slot in state.slots if slot[0] + _SLOT > since]
        _lean(state, inputs.imbalance, since, now)
        venues = self._venues(state.slots)
        parts = {
            "vpin": _part(inputs.vpin, "vpin", "no VPIN"),
            "venues": (venues["score"], venues["reason"]),
            "patterns": _part(inputs.patterns, "score", "no trade patterns"),
            "book": self._unrest(state.leans),
        }
        return {
            "toxicity": self._told(parts),
            "venues": venues,
            "alerts": self._alerts(venues, state),
        }, state

    def _told(self, parts: Mapping[str, tuple[float | None, str | None]]) -> dict[str, Any]:
        weights = {name: getattr(self.params.weights, name) for name in parts}
        known = {name: value for name, (value, _) in parts.items() if value is not None}
        total = sum(weights[name] for name in known)
        found = sum(weights[name] * value for name, value in known.items()) / total if total else 0
        absent = [name for name in parts if name not in known]
        reason = None
        if not total:
            said = "; ".join(f"{name}: {parts[name][1]}" for name in absent)
            reason = f"no part is known: {said}" if absent else "every weight is zero"
        return {
            "toxicity": found if total else None,
            "parts": {
                name: {
                    "value": value,
                    "weight": weights[name],
                    "used_weight": weights[name] / total if name in known and total else 0.0,
                    "reason": why,
                }
                for name, (value, why) in parts.items()
            },
            "absent": absent,
            "unit": "0 (harmless) to 1 (toxic)",
            "method": "weighted mean of the known parts; absent ones are weighted out",
            "convention": "descriptive; weights and venue scores are the config's",
            "reason": reason,
        }

    def _venues(self, slots: list[tuple[float, int, dict[str, float]]]) -> dict[str, Any]:
        """The mean score by volume of the venues that are known, and their part of the tape."""
        scores = {name.upper(): score for name, score in self.params.venues.items()}
        aliases = {name.upper(): venue.upper() for name, venue in self.params.aliases.items()}
        named: dict[str, float] = {}
        known: dict[str, float] = {}
        for _, _, shares in slots:
            for name, size in shares.items():
                named[name] = named.get(name, 0.0) + size
        strange: dict[str, float] = {}
        for name, size in named.items():
            venue = aliases.get(name, name)
            into, key = (known, venue) if venue in scores else (strange, name or "UNKNOWN")
            into[key] = into.get(key, 0.0) + size
        total, sure = sum(named.values()), sum(known.values())
        reason = None
        if not total:
            reason = "no print in the window"
        elif not sure:
            reason = "of no print the venue is known"
            if not scores:
                reason += ": the config's section toxic_flow scores none"
        mean = sum(scores[venue] * size for venue, size in known.items())
        return {
            "score": min(1.0, max(0.0, mean / sure)) if sure else None,
            "known": sure / total if total else None,
            "shares": {name: known[name] for name in _largest(known)},
            "unknown": {name: strange[name] for name in _largest(strange)[:_SHOWN]},
            "prints": sum(count for _, count, _ in slots),
            "seconds": self.params.seconds,
            "unit": "score 0 to 1; known is a part of the shares, 0 to 1",
            "reason": reason,
        }

    def _unrest(self, leans: list[tuple[float, float]]) -> tuple[float | None, str | None]:
        """The deviation of the imbalance, which is at most 1."""
        least = self.params.least_books
        if len(leans) < least:
            return None, f"{len(leans)} of at least {least} books in the window"
        return min(1.0, float(np.std([lean for _, lean in leans]))), None

    def _alerts(self, venues: Mapping[str, Any], state: Seen) -> list[dict[str, Any]]:
        """One when no venue is known any more, one when one is again."""
        if venues["prints"] < self.params.least_prints:
            return []
        blind = not venues["known"]
        if blind == state.blind:
            return []
        state.blind = blind
        symbol = self.values["symbol"]
        said = f"{symbol}: all {venues['prints']} prints have an unknown venue"
        return [
            {
                "kind": "anomaly" if blind else "recovered",
                "component": f"toxic_flow:{symbol}",
                "message": said if blind else f"{symbol}: unknown venues is over",
                "flag": "unknown_venues",
            }
        ]


def _add(state: Seen, tape: Tape | None, since: float, now: float) -> None:
    """The new prints by venue."""
    if tape is None:
        return
    fit = _tape.usable(tape.times, tape.prices, tape.sizes, since, now + _AHEAD)
    slots = {slot[0]: slot for slot in state.slots}
    for at in np.flatnonzero(fit).tolist():
        time, size = float(tape.times[at]), float(tape.sizes[at])
        name = tape.venues[at].strip().upper()
        name = "" if name in _NO_NAMES else name
        start = time // _SLOT * _SLOT
        _, count, shares = slots.get(start, (start, 0, {}))
        shares[name] = shares.get(name, 0.0) + size
        slots[start] = (start, count + 1, shares)
        state.newest = max(state.newest, time)
    state.slots = [slots[start] for start in sorted(slots)]


def _lean(state: Seen, imbalance: Value | None, since: float, now: float) -> None:
    """The book's imbalance, once for each book."""
    found = None
    if imbalance is not None and isinstance(imbalance.data, Mapping):
        found = number(imbalance.data.get("imbalance"))
    last = state.leans[-1][0] if state.leans else 0.0
    if imbalance is not None and found is not None and -1 <= found <= 1:
        at = min(imbalance.timestamp, now)
        if last > now + _AHEAD:
            state.leans = []
        if not state.leans or at > last:
            state.leans.append((at, found))
    state.leans = [one for one in state.leans if one[0] > since]


def _part(given: Value | None, name: str, missing: str) -> tuple[float | None, str | None]:
    """A figure between 0 and 1 of another component, or why there is none."""
    data = given.data if given is not None and isinstance(given.data, Mapping) else None
    if data is None:
        return None, f"{missing} that is fresh"
    found = number(data.get(name))
    if found is None or not 0 <= found <= 1:
        said = data.get("reason")
        return None, said if isinstance(said, str) else f"{missing} between 0 and 1"
    return found, None


def _largest(shares: Mapping[str, float]) -> list[str]:
    return sorted(shares, key=lambda name: (-shares[name], name))
