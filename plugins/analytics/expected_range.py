"""How far a price usually ranges in the next minutes, by its average true range."""

from collections.abc import Mapping
from typing import Any

from quanticity.api import Analytic, Inputs, Key, OnChange, Spec, Value, field, number


class ExpectedRangeParams(Spec):
    """How many true ranges."""

    times: float = field(3.0, help="true ranges of five minutes that are expected", gt=0)


class ExpectedRange(Analytic):
    """Three times the average true range of five-minute bars, in USD and as a part of the price.

    The design notes' rule for credit spreads of a day. The true range is Wilder's (1978); the
    factor is a rule of thumb and no quantile.
    """

    name = "expected_range"
    Params = ExpectedRangeParams
    reads = {
        "atr": Key("technicals:{symbol}:atr", 120, view=Value),
        "last": Key("market:{symbol}:last", 60, view=Value, optional=True),
    }
    writes = {"range": Key("analytics:expected_range:{symbol}", ttl=120)}
    trigger = OnChange("atr")

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The range, and between which prices it lies around the last one."""
        given = inputs.atr.data if isinstance(inputs.atr.data, Mapping) else {}
        atr = number(given.get("atr_5min"))
        spot, spot_from = _spot(inputs.last, given)
        low = high = part = width = reason = None
        if atr is None or not 0 <= atr < 1e7:
            said = given.get("reason")
            reason = f"no true range of five minutes: {said or 'its component gives none'}"
        elif spot is None:
            reason = "no price to compare with"
        else:
            width = self.params.times * atr
            part, low, high = width / spot, spot - width, spot + width
        found = {
            "range": part,
            "range_usd": width,
            "low": low,
            "high": high,
            "spot": spot,
            "spot_from": spot_from,
            "atr_5min": atr,
            "times": self.params.times,
            "source": given.get("source") if isinstance(given.get("source"), str) else None,
            "unit": "range is a fraction of the price; the rest USD",
            "method": f"{self.params.times:g} x average true range of five-minute bars",
            "reason": reason,
        }
        return {"range": found}, state


def _spot(last: Value | None, atr: Mapping[str, Any]) -> tuple[float | None, str | None]:
    """The price that it is a part of: the last print, else the last minute's close."""
    printed = last.data if last is not None and isinstance(last.data, Mapping) else {}
    for said, given in (("last print", printed.get("price")), ("last minute", atr.get("close"))):
        price = number(given)
        if price is not None and 0 < price < 1e7:
            return price, said
    return None, None
