"""Whatever is asked, a simulated vendor answers in its own words: it never falls over."""

import os
import random
from typing import Any

import pytest

from quanticity.sim.vendors.alpha_vantage import AlphaVantage
from quanticity.sim.vendors.limits import VendorLimits
from quanticity.sim.vendors.registry import SHIPPED
from quanticity.sim.vendors.vendor import Param, Route, Vendor
from tests.sim.vendors.asking import Vendors, with_vendors

DRAWS = 1000 if os.environ.get("QUANTICITY_SOAK") else 30
ODD = (
    "", "0", "1", "-1", "3", "100", "99999999999", "1e9", "nan", "true", "x", "é", "%", "null",
    "2026-01-05", "2026-02-30", "1900-01-01", "9999-12-31", "2018-01", "1999-12", "20260105T0930",
    "SPY", "SPX", "ZZZZ", "AAPL,MSFT", "-auction_date", "cusip:eq:x", "security_type:in:(Bond)",
)  # fmt: skip
PLACES = {
    "file": ("_SPX.json", "AAPL.json", "CIK0000320193.json", "x",
             "CNMSshvol20260102.txt", "CNMSshvol19000102.txt"),
    "cik": ("320193", "x", "99999999999"),
    "accession": ("000032019326000001",),
    "name": ("earning_calendar",),
}  # fmt: skip
FUNCTIONS = (
    "REALTIME_OPTIONS", "HISTORICAL_OPTIONS", "TIME_SERIES_INTRADAY", "RSI", "MACD", "BBANDS",
    "ATR", "REAL_GDP", "CPI", "FEDERAL_FUNDS_RATE", "NEWS_SENTIMENT", "NOPE",
)  # fmt: skip
ALPHA = {
    "function": FUNCTIONS, "symbol": ("SPY", "ZZZZ"), "interval": ("1min", "60min", "daily"),
    "time_period": ("1", "14", "900"), "series_type": ("close", "high"), "month": ODD, "date": ODD,
    "expiration": ODD, "outputsize": ("compact", "x"), "entitlement": ("delayed",),
    "limit": ODD, "sort": ("LATEST", "RELEVANCE"), "tickers": ODD, "topics": ("earnings", "x"),
    "time_from": ODD, "time_to": ODD, "datatype": ("json", "csv", "x"), "fastperiod": ODD,
}  # fmt: skip
BODIES = (b"", b"{}", b"[]", b"nonsense", b"null", b'{"limit": "x"}', b'{"seriesid": 3}',
          b'{"seriesid": ["LNS14000000"], "startyear": "x"}', b'{"domainFilters": [{}]}',
          b'{"compareFilters": 7, "sortFields": ["nope"]}', b'{"fields": "symbolCode"}',
          b'{"offset": -1}')  # fmt: skip


def values_of(param: Param) -> tuple[str, ...]:
    return (*ODD, *param.choices, *([str(param.default)] if param.default is not None else []))


def path_of(route: Route, dice: random.Random) -> str:
    path = route.pattern
    for name, choices in PLACES.items():
        path = path.replace(f"{{{name}}}", dice.choice(choices))
    return path


def query_of(vendor: type[Vendor], route: Route, dice: random.Random) -> dict[str, str]:
    if vendor is AlphaVantage:
        asked = {name: dice.choice(values) for name, values in ALPHA.items() if dice.random() < 0.6}
        return {"apikey": "key", "function": dice.choice(FUNCTIONS), **asked}
    key = {"api_key": "key", "apikey": "key"}
    return key | {
        param.name: dice.choice(values_of(param)) for param in route.params if dice.random() < 0.7
    }


@pytest.mark.parametrize(
    "vendor", [each for each in SHIPPED if each.name != "unusual_whales"], ids=lambda v: v.name
)
def test_no_request_makes_a_vendor_fall_over(vendor):
    dice = random.Random(vendor.name)

    async def talk(running: Vendors) -> list[str]:
        fallen = []
        made = next(each for each in running.server.vendors if each.name == vendor.name)
        for route in made.routes():
            host = route.host or next(iter(vendor.hosts))
            for _ in range(DRAWS):
                options: dict[str, Any] = {"params": query_of(vendor, route, dice)}
                if route.method == "POST":
                    options["data"] = dice.choice(BODIES)
                options["headers"] = {
                    "User-Agent": "Mozilla/5.0 (X11) a@b.org", "Accept": "application/json",
                }  # fmt: skip
                url = f"https://{host}{path_of(route, dice)}"
                reply = await running.ask(route.method, url, **options)
                if reply.status >= 500:
                    fallen.append(f"{route.method} {url} {options.get('data', options['params'])}")
        return fallen

    plenty = {vendor.name: VendorLimits(windows=((100_000, 1.0),))}
    fallen = with_vendors(talk, limits=plenty)
    assert not fallen, "\n".join(fallen)
