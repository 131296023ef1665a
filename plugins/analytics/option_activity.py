"""What trades in an option chain today: put/call ratios, and what trades out of the ordinary."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from quanticity.api import Analytic, Chain, Inputs, Key, OnChange, Spec, field, quant

_NEAREST = 8
_FLOW = ("volume", "open_interest", "premium_usd", "expiries")
_UNUSUAL = (
    "hits", "calls", "puts", "premium_usd", "premium_reason", "share_of_volume", "new_contracts",
    "top",
)  # fmt: skip
_NO_QUOTE = "no two-sided quote"


class OptionActivityParams(Spec):
    """When a contract's trading is unusual: all three must be reached."""

    ratio: float = field(
        quant.activity.RATIO, help="volume for each contract of open interest", gt=0
    )
    min_volume: float = field(quant.activity.VOLUME, help="contracts traded today", ge=0)
    min_open_interest: float = field(
        quant.activity.OPEN_INTEREST, help="contracts open this morning", ge=0
    )
    top: int = field(25, help="how many of them are listed", ge=1, le=500)


class OptionActivity(Analytic):
    """Volumes of calls and puts, and the contracts with far more volume than open interest.

    Open interest is last night's, volume is today's so far: the same contract becomes unusual in
    the course of a day. Premium is volume at the present mid, an estimate of what was paid.
    """

    name = "option_activity"
    Params = OptionActivityParams
    reads = {
        "alpha_vantage": Key("raw:av:options:{symbol}", 60, view=Chain, optional=True),
        "unusual_whales": Key("raw:uw:chains:{symbol}", 180, view=Chain, optional=True),
    }
    writes = {
        "flow": Key("options:{symbol}:flow", ttl=600),
        "unusual": Key("options:{symbol}:unusual", ttl=600),
    }
    trigger = OnChange("alpha_vantage", "unusual_whales", at_most_every=30.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """Both outputs; their figures are null where there is no chain with volumes."""
        chain = Chain.first(inputs.alpha_vantage, inputs.unusual_whales)
        about = {
            "symbol": self.values["symbol"],
            "chain": None if chain is None else chain.source,
            "reason": _why(chain, now),
        }
        flow = about | _about_flow() | dict.fromkeys(_FLOW)
        unusual = about | self._about_unusual() | dict.fromkeys(_UNUSUAL)
        if chain is not None and about["reason"] is None:
            alive = chain.alive(now)
            flow |= _flow(chain, alive)
            unusual |= self._unusual(chain, alive)
        return {"flow": flow, "unusual": unusual}, state

    def _about_unusual(self) -> dict[str, Any]:
        asked = self.params
        return {
            "unit": "contracts",
            "convention": "today's volume / last night's open interest",
            "method": "all three thresholds reached",
            "threshold": {
                "volume_to_open_interest": asked.ratio,
                "volume": asked.min_volume,
                "open_interest": asked.min_open_interest,
            },
        }

    def _unusual(self, chain: Chain, alive: Any) -> dict[str, Any]:
        volume, interest = chain.volume, chain.open_interest
        asked = self.params
        hit = alive & quant.activity.unusual(
            volume, interest, asked.ratio, asked.min_volume, asked.min_open_interest
        )
        which = np.flatnonzero(hit)
        ratio = quant.activity.volume_to_interest(volume[which], interest[which])
        paid = quant.activity.premium(volume[which], chain.mid[which])
        # Of equals the one with more volume, then the one that stands first.
        order = np.lexsort((-volume[which], -ratio))[: asked.top].tolist()
        traded = quant.activity.by_side(volume[alive], chain.is_call[alive]).total
        known = np.isfinite(paid)
        calls = int(np.count_nonzero(chain.is_call[which]))
        return {
            "hits": len(which),
            "calls": calls,
            "puts": len(which) - calls,
            "premium_usd": float(paid[known].sum()) if known.any() or not len(which) else None,
            "premium_reason": None if known.all() else f"{_NO_QUOTE} for {int((~known).sum())}",
            "share_of_volume": float(volume[which].sum()) / traded if traded > 0 else None,
            "new_contracts": int(
                np.count_nonzero(alive & (interest == 0) & (volume >= asked.min_volume))
            ),
            "top": [
                {
                    "option_symbol": chain.symbols[at],
                    "expiry": str(chain.expiry[at]),
                    "strike": float(chain.strike[at]),
                    "right": "C" if chain.is_call[at] else "P",
                    "volume": float(volume[at]),
                    "open_interest": float(interest[at]),
                    "ratio": float(ratio[place]),
                    "premium_usd": float(paid[place]) if known[place] else None,
                    "reason": None if known[place] else _NO_QUOTE,
                }
                for place in order
                for at in [which[place]]
            ],
        }


def _why(chain: Chain | None, now: float) -> str | None:
    if chain is None:
        return "no fresh option chain"
    if not len(chain):
        return "the chain is empty"
    alive = chain.alive(now)
    if not alive.any():
        return "no contract has time left"
    volume = chain.volume[alive]
    if not (volume >= 0).any():
        return "the chain gives no volume"
    return None if (volume > 0).any() else "nothing has traded today"


def _about_flow() -> dict[str, Any]:
    return {
        "unit": "contracts",
        "convention": "put_call is puts / calls",
        "method": "sums over all contracts with time left; premium is volume x mid x 100",
    }


def _flow(chain: Chain, alive: Any) -> dict[str, Any]:
    is_call, volume = chain.is_call[alive], chain.volume[alive]
    interest = chain.open_interest[alive]
    paid = quant.activity.premium(volume, chain.mid[alive])
    days = chain.expiry[alive]
    expiries = []
    for day in np.unique(days)[:_NEAREST]:
        mine = days == day
        expiries.append(
            {
                "expiry": str(day),
                "volume": _told(volume[mine], is_call[mine]),
                "open_interest": _told(interest[mine], is_call[mine]),
            }
        )
    return {
        "volume": _told(volume, is_call),
        "open_interest": _told(interest, is_call),
        "premium_usd": _told(paid, is_call),
        "expiries": expiries,
    }


def _told(amounts: Any, is_call: Any) -> dict[str, Any]:
    """The sums; the ratio is null where no call has any, and all where a side is not known."""
    known, reason = amounts >= 0, None
    for name, side in (("call", is_call), ("put", ~is_call)):
        if side.any() and not known[side].any():
            reason = f"no {name} gives any"
    if not known.any():
        reason = "none is given"
    if reason is not None:
        return dict.fromkeys(("calls", "puts", "total", "put_call")) | {"reason": reason}
    sides = quant.activity.by_side(amounts, is_call)
    return {
        "calls": sides.calls,
        "puts": sides.puts,
        "total": sides.total,
        "put_call": sides.put_call,
        "reason": None if sides.put_call is not None else "no call has any",
    }
