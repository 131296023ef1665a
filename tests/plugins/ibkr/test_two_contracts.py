"""A question that two contracts answer: nobody may guess which of them was meant."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from plugins.ibkr.contracts import Asked, Listings
from plugins.ibkr.instrument import Instrument
from plugins.ibkr.port import Details
from plugins.ibkr.venues import Venues

TODAY = date(2026, 1, 7)
NASDAQ = Asked(
    symbol="AAPL",
    sec_type="STK",
    exchange="SMART",
    currency="USD",
    con_id=265598,
    primary_exchange="NASDAQ",
    trading_class="NMS",
)
OTHER = msgspec.structs.replace(NASDAQ, con_id=4, primary_exchange="PINK", trading_class="AAPLX")
MONTH = Asked(
    symbol="ES",
    sec_type="FUT",
    exchange="CME",
    currency="USD",
    con_id=1,
    expiry="20260320",
    multiplier="50",
    trading_class="ES",
)
LARGE = msgspec.structs.replace(MONTH, con_id=2, multiplier="500")


def details(contract: Asked) -> Details:
    return Details(contract=contract, contract_month=contract.expiry[:6])


def qualified(symbol: str, found: list[Asked], **row: Any) -> tuple[str, int]:
    instrument = Instrument(Listings({symbol: row})[symbol], Venues())
    problem = instrument.qualify([details(one) for one in found], TODAY)
    return problem, instrument.contract.con_id if instrument.contract else 0


@pytest.mark.parametrize("found", [[NASDAQ, OTHER], [OTHER, NASDAQ]])
def test_of_two_contracts_the_first_was_taken_whichever_it_was(found: list[Asked]):
    row = {"primary_exchange": ""}
    problem, con_id = qualified("AAPL", found, **row)
    assert con_id == 0
    assert "AAPL may be any of 2: " in problem
    assert "PINK AAPLX (4)" in problem
    assert "say which below ibkr.contracts.AAPL: primary_exchange, trading_class" in problem
    assert qualified("AAPL", found, primary_exchange="PINK") == ("", 4)
    assert qualified("AAPL", found, **row, trading_class="NMS") == ("", 265598)


def test_one_contract_that_is_told_of_each_exchange_is_one():
    again = msgspec.structs.replace(NASDAQ, exchange="ISLAND")
    assert qualified("AAPL", [NASDAQ, again], primary_exchange="") == ("", 265598)


@pytest.mark.parametrize("found", [[MONTH, LARGE], [LARGE, MONTH]])
def test_of_two_months_of_one_expiry_the_one_of_the_listed_size_is_meant(found: list[Asked]):
    assert qualified("ES", found, multiplier=50.0) == ("", 1)
    problem, con_id = qualified("ES", found, multiplier=0.0)
    assert (con_id, "ES may be any of 2: " in problem) == (0, True)
