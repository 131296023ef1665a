"""What a company's insiders have filed: their own purchases and sales on the market."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from quanticity.api import Analytic, Inputs, Key, OnChange, Rows, Spec, day, field, number, quant

_SIDES = {"P": 1.0, "S": -1.0}
_CHIEF = re.compile(r"\b(ceo|cfo|chief executive|chief financial)\b", re.IGNORECASE)
_MOST = 1e13
_FIGURES = (
    *("net", "score", "direction", "bought", "sold"),
    *("buyers", "sellers", "many_sellers", "chiefs"),
)


class InsiderFilingsParams(Spec):
    """Whose trades count."""

    sellers: int = field(3, help="different sellers that are many", ge=1, example=3)


class Trade(NamedTuple):
    """One trade, `value` in USD with its sign: purchases +, sales -."""

    person: str
    value: float
    filed: str
    chief: bool
    planned: bool
    outsider: bool


class InsiderFilings(Analytic):
    """Net purchases on the open market, by person, of all that the feed's body holds.

    Counted are the codes P and S of form 4; grants, exercises, taxes and gifts (A, M, F, G) are
    no opinion, and form 144 says only that somebody means to sell. Sales under a plan (rule
    10b5-1) and those of mere large holders are told apart and left out of the score: plans are
    made long before, and large holders' trades foretell nothing (J. Lakonishok, I. Lee, Are
    Insider Trades Informative?, 2001; L. Cohen, C. Malloy, L. Pomorski, Decoding Inside
    Information, 2012). Both find purchases to tell more than sales.
    """

    name = "insider_filings"
    Params = InsiderFilingsParams
    reads = {"trades": Key("raw:uw:insiders", 7200, view=Rows)}
    writes = {"insiders": Key("analytics:insiders:{symbol}", ttl=14_400)}
    trigger = OnChange("trades")

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The filings on this symbol."""
        symbol = self.values["symbol"]
        mine = [row for row in inputs.trades if str(row.get("ticker") or "").upper() == symbol]
        told = {str(row.get("id") or number_): row for number_, row in enumerate(mine)}
        left_out: dict[str, int] = {}
        trades = []
        for row in told.values():
            read = _trade(row)
            if isinstance(read, str):
                left_out[read] = left_out.get(read, 0) + 1
            else:
                trades.append(read)
        if len(mine) > len(told):
            left_out["repeated"] = len(mine) - len(told)
        free = [one for one in trades if not one.planned and not one.outsider]
        filed = [when for row in inputs.trades if (when := day(row.get("filing_date")))]
        insiders = {
            "symbol": symbol,
            **self._figures(free),
            "planned": _sum(one.value for one in trades if one.planned),
            "large_holders": _sum(one.value for one in trades if one.outsider and not one.planned),
            "n": len(free),
            "since": min(filed, default=None),
            "newest_filing": max((one.filed for one in trades), default=None),
            "left_out": {why: left_out[why] for why in sorted(left_out)},
            "unit": "USD; score in standard deviations",
            "convention": "purchases count +, sales -",
            "method": "codes P and S of form 4, neither planned nor of mere large holders",
            "reason": None if free else _none(symbol, bool(trades)),
        }
        return {"insiders": insiders}, state

    def _figures(self, trades: Sequence[Trade]) -> dict[str, Any]:
        if not trades:
            return dict.fromkeys(_FIGURES)
        values = np.array([one.value for one in trades])
        net, sellers = float(values.sum()), {one.person for one in trades if one.value < 0}
        score = quant.evidence.score(
            quant.filings.by_person([one.person for one in trades], values)
        )
        found = (
            net,
            score,
            "buy" if net > 0 else "sell" if net < 0 else "flat",
            _sum(one.value for one in trades if one.value > 0),
            _sum(-one.value for one in trades if one.value < 0),
            len({one.person for one in trades if one.value > 0}),
            len(sellers),
            len(sellers) >= self.params.sellers,
            _sum(one.value for one in trades if one.chief),
        )
        return dict(zip(_FIGURES, found, strict=True))


def _trade(row: Mapping[str, Any]) -> Trade | str:
    """The trade, or why it is none that counts."""
    form = str(row.get("formtype") or "").upper()
    if form == "144":
        return "form 144: only meant to sell"
    code = str(row.get("transaction_code") or "").upper()
    if code not in _SIDES:
        return "no trade on the open market"
    shares, price = number(row.get("amount")), number(row.get("price"))
    filed = day(row.get("filing_date"))
    if shares is None or price is None or filed is None or not 0 < abs(shares) * price < _MOST:
        return "no amount, price or date"
    if shares * _SIDES[code] < 0:
        return "amount and code say different sides"
    return Trade(
        person=str(row.get("owner_name")),
        value=shares * price,
        filed=filed,
        chief=_CHIEF.search(str(row.get("officer_title") or "")) is not None,
        planned=row.get("is_10b5_1") is True,
        outsider=row.get("is_ten_percent_owner") is True
        and row.get("is_officer") is not True
        and row.get("is_director") is not True,
    )


def _none(symbol: str, others: bool) -> str:
    if others:
        return f"insiders of {symbol} traded by plan or as large holders only"
    return f"no insider's trade in {symbol} among the filings; funds and indexes have no insiders"


def _sum(values: Any) -> float:
    return float(sum(values))
