"""Margin by account, currency and product."""

from __future__ import annotations

from plugins.ibkr.account import Accounts
from plugins.ibkr.library import _module
from tests.plugins.ibkr.rig import Desk, on_virtual_clock
from tests.plugins.ibkr.test_faults import TINY
from tests.plugins.ibkr.test_orders import order, trader

KEY = "raw:ibkr:account:margin"


@on_virtual_clock(desk=TINY)
async def test_shares_bind_margin_of_securities_and_nothing_of_commodities(desk: Desk):
    await desk.settled()
    await desk.clock.sleep(6)
    client = await trader(desk)
    contract = _module("contract").Contract(
        symbol="SPY", secType="STK", exchange="SMART", currency="USD"
    )
    client.placeOrder(1, contract, order(action="BUY", totalQuantity=100, orderType="MKT"))
    await desk.clock.sleep(240)  # TWS tells an account's values every three minutes
    told = (await desk.get(KEY))["accounts"]["DU1234567"]
    products, whole = told["products"], told["InitMarginReq"]["USD"]
    assert whole > 0
    assert products["securities"]["InitMarginReq"] == {"USD": whole}
    assert products["commodities"]["InitMarginReq"] == {"USD": 0.0}
    assert products["securities"]["MaintMarginReq"] == told["MaintMarginReq"]


def test_what_is_not_told_is_left_out_and_what_is_no_figure_is_none():
    accounts = Accounts()
    accounts.value(1.0, "DU1", "InitMarginReq-C", "24000.00", "USD")
    accounts.value(1.0, "DU1", "BuyingPower", "n/a", "USD")
    told = accounts.margin()["accounts"]["DU1"]
    assert told == {
        "CashBalance": {},
        "BuyingPower": {"USD": None},
        "products": {"securities": {}, "commodities": {"InitMarginReq": {"USD": 24000.0}}},
    }
