"""Our exposures beside those that Unusual Whales publishes: both, their units, and the ratio."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from quanticity.api import (
    Analytic,
    Inputs,
    Key,
    OnChange,
    Rows,
    Spec,
    Value,
    day,
    field,
    number,
    quant,
)

_PERCENT = "USD per 1% move"
_PRICE = "USD, price of the underlying"
# What is of all expiries together.
_WHOLE = ("gamma", "gamma_strikes", "gamma_calls", "gamma_puts", "flip", "call_wall", "put_wall")
# As the vendor's specification has them. No scale is given for the Greek itself.
_VENDORS = {
    "vanna": "vendor's own: vanna x open interest, called per 1% move",
    "charm": "vendor's own: charm x open interest x 365, called per 1% move",
}
_MOST = quant.agreement.MOST


class GexCrosscheckParams(Spec):
    """When two figures agree."""

    tolerance: float = field(
        0.10,
        help="how far apart two may be: of the gross for a net, of theirs for a side, a tenth of "
        "that for a price",
        gt=0,
    )
    strikes: int = field(5, help="how many of our largest strikes are told", ge=0, le=100)


class GexCrosscheck(Analytic):
    """Totals, sides, strikes, expiries and levels; each is null with its reason where one is not.

    A net is small where calls and puts nearly cancel, and its ratio then says little: two nets
    agree where they differ by a tenth of the gross, calls and puts without their signs. What is
    of all expiries is compared only where both are of the same: another chain may list fewer.

    The vendor's totals are gamma x open interest x 100 x S^2 x .01 with puts negative, as ours.
    Its vanna and charm come in units of its own, and are shown beside ours without a ratio.
    """

    name = "gex_crosscheck"
    Params = GexCrosscheckParams
    reads = {
        "gex": Key("options:{symbol}:gex", 600, view=Value),
        "flip": Key("analytics:gamma_flip:{symbol}", 600, view=Value, optional=True),
        "walls": Key("analytics:gamma_walls:{symbol}", 600, view=Value, optional=True),
        "max_pain": Key("analytics:max_pain:{symbol}", 600, view=Value, optional=True),
        "vanna": Key("options:{symbol}:vanna", 600, view=Value, optional=True),
        "charm": Key("options:{symbol}:charm", 600, view=Value, optional=True),
        "minute": Key("feed:uw:spot_gex:{symbol}", 180, view=Value, optional=True),
        "by_strike": Key("raw:uw:spot_gex_strike:{symbol}", 540, view=Rows, optional=True),
        "matrix": Key("raw:uw:gex_matrix:{symbol}", 900, view=Rows, optional=True),
        "levels": Key("raw:uw:gex_levels:{symbol}", 900, view=Value, optional=True),
        "pains": Key("raw:uw:max_pain:{symbol}", 2700, view=Rows, optional=True),
    }
    writes = {"checks": Key("analytics:gex_crosscheck:{symbol}", ttl=600)}
    trigger = OnChange("gex", "minute", at_most_every=20.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """All comparisons by name, and the names of those that do not agree."""
        ours = _data(inputs.gex)
        total, source = _minute(inputs, "gamma"), "spot-exposures, by minute"
        gross = _gross(ours.get("calls"), ours.get("puts"))
        strikes = _strikes(inputs.by_strike)
        checks = {
            "gamma": self._check(ours.get("total"), total, _PERCENT, source, gross=gross),
            **self._sides(ours, strikes, gross),
            **self._expiries(ours, inputs.matrix),
            **self._levels(inputs),
            **{name: _labelled(name, inputs) for name in _VENDORS},
        }
        largest, profile = self._largest(ours, strikes), _profile(ours, strikes)
        if unlike := _unlike(ours, inputs.pains):
            nothing = {"ratio": None, "agrees": None, "reason": unlike}
            for one in (*(checks[name] for name in _WHOLE), *largest):
                one.update(nothing if one["reason"] is None else {})
            profile.update(cosine=None, reason=unlike)
        compared = {name: one for name, one in checks.items() if one["ratio"] is not None}
        return {
            "checks": {
                "symbol": self.values["symbol"],
                "chain": ours.get("chain"),
                "convention": "ratio is ours / theirs, of the same expiries; calls +, puts -",
                "method": f"ours: {ours.get('method')}; theirs as published",
                "tolerance": self.params.tolerance,
                "compared": len(compared),
                "disagree": [name for name, one in compared.items() if not one["agrees"]],
                "checks": checks,
                "largest_strikes": largest,
                "profile": profile,
                "reason": None if compared else "nothing of the vendor's to compare with",
            }
        }, state

    def _check(
        self,
        ours: Any,
        theirs: Any,
        unit: str,
        source: str,
        tolerance: float = 1.0,
        gross: float | None = None,
    ) -> dict[str, Any]:
        mine, other = number(ours), number(theirs)
        found = {"ours": mine, "theirs": other, "unit": unit, "source": source}
        return found | _told(mine, other, self.params.tolerance * tolerance, gross)

    def _sides(
        self, ours: Mapping[str, Any], strikes: Mapping[float, Any], gross: float | None
    ) -> dict[str, Any]:
        source = "spot-exposures/strike"
        sides = list(strikes.values())
        theirs = {
            "gamma_strikes": sum(call + put for call, put in sides) if sides else None,
            "gamma_calls": sum(call for call, _ in sides) if sides else None,
            "gamma_puts": sum(put for _, put in sides) if sides else None,
        }
        grosses = {"total": gross}
        names = zip(theirs, ("total", "calls", "puts"), strict=True)
        return {
            name: self._check(
                ours.get(mine), theirs[name], _PERCENT, source, gross=grosses.get(mine)
            )
            for name, mine in names
        }

    def _expiries(self, ours: Mapping[str, Any], matrix: Rows | None) -> dict[str, Any]:
        """The expiries that the vendor's matrix has; one check says so where it has none."""
        source = "spot-exposures/expiry-strike"
        theirs: dict[str, float] = {}
        gross: dict[str, float] = {}
        for row in matrix or ():
            gamma = _sum(row, "call_gamma_oi", "put_gamma_oi")
            size = _gross(row.get("call_gamma_oi"), row.get("put_gamma_oi"))
            when = day(row.get("expiry"))
            if gamma is not None and size is not None and when is not None:
                theirs[when] = theirs.get(when, 0.0) + gamma
                gross[when] = gross.get(when, 0.0) + size
        mine = {day(one.get("expiry")): one.get("total") for one in _objects(ours.get("expiries"))}
        if not theirs:
            return {"gamma_expiries": self._check(None, None, _PERCENT, source)}
        return {
            f"gamma_{when}": self._check(mine.get(when), one, _PERCENT, source, gross=gross[when])
            for when, one in sorted(theirs.items())
        }

    def _levels(self, inputs: Inputs) -> dict[str, Any]:
        theirs = _data(inputs.levels).get("data")
        levels = theirs if isinstance(theirs, Mapping) else {}
        flip, walls, pain = (_data(inputs[name]) for name in ("flip", "walls", "max_pain"))
        pairs = {
            "flip": (flip.get("flip"), "gamma_flip"),
            "call_wall": (walls.get("call_wall"), "call_wall"),
            "put_wall": (walls.get("put_wall"), "put_wall"),
        }
        found = {
            name: self._check(mine, levels.get(other), _PRICE, "gex-levels", 0.1)
            for name, (mine, other) in pairs.items()
        }
        told = {day(row.get("expiry")): row.get("max_pain") for row in inputs.pains or ()}
        mine, when = _in(pain, "nearest", "strike"), day(_in(pain, "nearest", "expiry"))
        other = None if when is None else told.get(when)
        found["max_pain"] = self._check(mine, other, _PRICE, "max-pain", 0.1)
        return found

    def _largest(
        self, ours: Mapping[str, Any], strikes: Mapping[float, Any]
    ) -> list[dict[str, Any]]:
        """Our strikes with the most net gamma, and what the vendor has there."""
        net = _net(ours)
        most = sorted(net, key=lambda strike: (-abs(net[strike]), strike))[: self.params.strikes]
        theirs = {strike: sum(sides) for strike, sides in strikes.items()}
        source = "spot-exposures/strike"
        return [
            {"strike": strike} | self._check(net[strike], theirs.get(strike), _PERCENT, source)
            for strike in most
        ]


def _unlike(ours: Mapping[str, Any], pains: Rows | None) -> str | None:
    """Why totals are of other expiries here than there; None where they are of the same."""
    if ours.get("chain") == "unusual_whales":
        return None
    theirs = {when for row in pains or () if (when := day(row.get("expiry"))) is not None}
    missing = theirs - {day(one.get("expiry")) for one in _objects(ours.get("expiries"))}
    if not theirs:
        return "not known which expiries theirs are of"
    return f"ours lack {len(missing)} of their {len(theirs)} expiries" if missing else None


def _told(
    ours: float | None, theirs: float | None, tolerance: float, gross: float | None
) -> dict[str, Any]:
    one = quant.agreement.compare(ours, theirs, tolerance, gross)
    return {"ratio": one.ratio, "agrees": one.agrees, "reason": one.reason}


def _gross(call: Any, put: Any) -> float | None:
    """Both sides without their signs; None where one is not there or cannot be."""
    sides = [number(call), number(put)]
    known = [abs(one) for one in sides if one is not None and abs(one) < _MOST]
    return sum(known) if len(known) == len(sides) else None


def _labelled(name: str, inputs: Inputs) -> dict[str, Any]:
    """Vanna or charm: both figures, each with its unit, and why there is no ratio."""
    mine, theirs = _data(inputs[name]), _minute(inputs, name)
    ours = number(mine.get("dealers_total"))
    missing = [side for side, one in (("ours", ours), ("theirs", theirs)) if one is None]
    return {
        "ours": ours,
        "theirs": theirs,
        "unit": mine.get("unit"),
        "theirs_unit": _VENDORS[name],
        "source": "spot-exposures, by minute",
        "ratio": None,
        "agrees": None,
        "reason": f"{' and '.join(missing)} not there" if missing else "their unit is another",
    }


def _profile(ours: Mapping[str, Any], strikes: Mapping[float, Any]) -> dict[str, Any]:
    """How alike the two are over strikes: the cosine of net gammas, 1 where proportional."""
    net = _net(ours)
    common = sorted(net.keys() & strikes.keys())
    found: dict[str, Any] = {"strikes": len(common), "cosine": None, "reason": None}
    found["cosine"] = quant.agreement.cosine(
        np.array([net[strike] for strike in common]),
        np.array([sum(strikes[strike]) for strike in common]),
    )
    return found | {"reason": "no strike with gamma in both" if found["cosine"] is None else None}


def _net(ours: Mapping[str, Any]) -> dict[float, float]:
    found: dict[float, float] = {}
    columns = [_listed(ours.get(name)) for name in ("strikes", "call_gex", "put_gex")]
    for row in zip(*columns, strict=False):
        strike, call, put = map(number, row)
        if strike is not None and call is not None and put is not None:
            found[strike] = call + put
    return found


def _strikes(rows: Iterable[Mapping[str, Any]] | None) -> dict[float, tuple[float, float]]:
    """Strike: gamma of calls and of puts, as published; each strike once."""
    found: dict[float, tuple[float, float]] = {}
    for row in rows or ():
        strike, call = number(row.get("strike")), number(row.get("call_gamma_oi"))
        put = number(row.get("put_gamma_oi"))
        if strike is not None and call is not None and put is not None:
            found |= {strike: (call, put)} if max(abs(call), abs(put)) < _MOST else {}
    return found


def _sum(row: Mapping[str, Any], *names: str) -> float | None:
    figures = [number(row.get(name)) for name in names]
    known = [one for one in figures if one is not None and abs(one) < _MOST]
    return sum(known) if len(known) == len(names) else None


def _data(value: Value | None) -> Mapping[str, Any]:
    return value.data if value is not None and isinstance(value.data, Mapping) else {}


def _minute(inputs: Inputs, greek: str) -> float | None:
    """The vendor's newest total from open interest; the transform's rows may be flat or not."""
    data = _data(inputs.minute)
    flat = number(data.get(f"{greek}.oi"))
    return number(_in(data, greek, "oi")) if flat is None else flat


def _listed(given: Any) -> tuple[Any, ...]:
    return given if isinstance(given, tuple) else ()


def _objects(given: Any) -> list[Mapping[str, Any]]:
    return [one for one in _listed(given) if isinstance(one, Mapping)]


def _in(data: Mapping[str, Any], *path: str) -> Any:
    found: Any = data
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
