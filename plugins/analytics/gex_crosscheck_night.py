"""Our gamma exposure beside what Unusual Whales made of last night's open interest, in shares."""

from collections.abc import Mapping
from typing import Any

from quanticity.api import Analytic, Inputs, Key, OnChange, Rows, Spec, Value, field, number, quant

_SHARES = quant.exposure.GammaUnit.SHARES.value


class GexCrosscheckNightParams(Spec):
    """When two totals agree."""

    tolerance: float = field(0.10, help="how far apart they may be, of the gross", gt=0)


class GexCrosscheckNight(Analytic):
    """One comparison: gamma x open interest x 100, summed over strikes.

    Apart from `gex_crosscheck`, because what is made of last night's figures is as old as they are.
    """

    name = "gex_crosscheck_night"
    Params = GexCrosscheckNightParams
    reads = {
        "gex": Key("options:{symbol}:gex", 600, view=Value),
        "static": Key("raw:uw:gex_strike:{symbol}", 432_000, view=Rows),
    }
    writes = {"checks": Key("analytics:gex_crosscheck:{symbol}:night", ttl=900)}
    trigger = OnChange("static", "gex", at_most_every=300.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """Both totals and their ratio, null with a reason where one is missing."""
        gex = inputs.gex.data if isinstance(inputs.gex.data, Mapping) else {}
        totals = gex.get("total_in")
        ours = number(totals.get(_SHARES)) if isinstance(totals, Mapping) else None
        sides = [(number(row.get("call_gex")), number(row.get("put_gex"))) for row in inputs.static]
        known = [
            (call, put)
            for call, put in sides
            if call is not None
            and put is not None
            and max(abs(call), abs(put)) < quant.agreement.MOST
        ]
        theirs = sum(call + put for call, put in known) if known else None
        gross = sum(abs(call) + abs(put) for call, put in known)
        found = quant.agreement.compare(ours, theirs, self.params.tolerance, gross)
        return {
            "checks": {
                "symbol": self.values["symbol"],
                "unit": _SHARES,
                "convention": "ratio is ours / theirs; calls +, puts -",
                "method": "ours is of now, theirs of this morning's spot",
                "source": "greek-exposure/strike",
                "ours": ours,
                "theirs": theirs,
                "ratio": found.ratio,
                "agrees": found.agrees,
                "reason": found.reason,
            }
        }, state
