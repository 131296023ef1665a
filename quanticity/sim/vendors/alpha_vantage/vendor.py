"""Alpha Vantage's door: one path, a key in the query, and every error as status 200."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from quanticity.sim.market import World
from quanticity.sim.vendors.alpha_vantage.as_csv import as_csv
from quanticity.sim.vendors.alpha_vantage.asked import Asked
from quanticity.sim.vendors.alpha_vantage.bars import intraday
from quanticity.sim.vendors.alpha_vantage.indicators import atr, bbands, macd, rsi
from quanticity.sim.vendors.alpha_vantage.macro import cpi, federal_funds_rate, real_gdp
from quanticity.sim.vendors.alpha_vantage.news import news_sentiment
from quanticity.sim.vendors.alpha_vantage.options import (
    historical_options,
    premium_gate,
    realtime_options,
)
from quanticity.sim.vendors.contract_day import ContractDays
from quanticity.sim.vendors.limits import Over, Usage, VendorLimits
from quanticity.sim.vendors.vendor import Answer, BadParameter, Request, Route, Vendor

Function = Callable[[World, Asked], Any]
_FUNCTIONS: dict[str, Function] = {
    "HISTORICAL_OPTIONS": historical_options,
    "TIME_SERIES_INTRADAY": intraday,
    "RSI": rsi,
    "MACD": macd,
    "BBANDS": bbands,
    "ATR": atr,
    "REAL_GDP": real_gdp,
    "CPI": cpi,
    "FEDERAL_FUNDS_RATE": federal_funds_rate,
    "NEWS_SENTIMENT": news_sentiment,
}
_DOCS = "https://www.alphavantage.co/documentation/"
_CHAINS = 8  # bodies that are kept
_PREMIUM = "https://www.alphavantage.co/premium/"


class AlphaVantage(Vendor):
    """`www.alphavantage.co/query` on the plan of 600 requests a minute.

    A key that contains `free` has no realtime options; `SimVendors(limits=...)` gives it the
    free plan's 25 a day. With `index_options` off, the index SPX is an invalid call, as it may
    be at the vendor.
    """

    name: ClassVar[str] = "alpha_vantage"
    hosts: ClassVar[Mapping[str, str]] = {"www.alphavantage.co": "alpha_vantage"}
    limits: ClassVar[VendorLimits] = VendorLimits(windows=((30, 1.0), (600, 60.0)))

    def __init__(self, world: World, *, index_options: bool = True) -> None:
        super().__init__(world)
        self.index_options = index_options
        realtime = partial(realtime_options, days=ContractDays(world))
        self._functions: dict[str, Function] = {**_FUNCTIONS, "REALTIME_OPTIONS": realtime}
        self._chains: dict[tuple[int, str], Answer] = {}

    def routes(self) -> Sequence[Route]:
        """One path for everything; `function` says what."""
        return [Route("/query", self.query)]

    def account(self, request: Request) -> str:
        """A budget for each key."""
        return _key(request)

    def refuse(self, request: Request) -> Answer | None:
        """Status 200 with an error message, without a key or with an invalid one."""
        key = _key(request)
        if key and "invalid" not in key:
            return None
        return _error(
            "the parameter apikey is invalid or missing. Please claim your free API key on "
            "(https://www.alphavantage.co/support/#api-key). It should take less than 20 seconds."
        )

    def limited(self, over: Over, usage: Usage, request: Request) -> Answer:
        """Three messages; the daily one echoes the key."""
        if over is Over.DAY:
            said = (
                f"We have detected your API key as {_key(request)} and our standard API rate limit "
                f"is {usage.day_limit} requests per day. Please subscribe to any of the premium "
                f"plans at {_PREMIUM} to instantly remove all daily rate limits."
            )
            return Answer.json({"Information": said})
        if usage.used > usage.limit:
            said = (
                "Thank you for using Alpha Vantage! Our standard API call frequency is "
                f"{usage.limit} calls per minute. Please visit {_PREMIUM} if you would like to "
                "target a higher API call frequency."
            )
            return Answer.json({"Note": said})
        said = (
            "Burst pattern detected. Please consider spreading out your API requests more evenly "
            "across a 1-minute window and query no more than "
            f"{self.limits.windows[0][0]} requests per second."
        )
        return Answer.json({"Information": said})

    def bad_parameter(self, request: Request, problem: BadParameter) -> Answer:
        """One message for everything that is wrong with a call."""
        function = request.query.get("function", ("",))[-1]
        return _error(
            f"Invalid API call. Please retry or visit the documentation ({_DOCS}) for {function}."
        )

    def no_route(self, request: Request) -> Answer:
        """A web page."""
        return Answer.text("<html><body><h1>Not Found</h1></body></html>", 404, "text/html")

    def query(self, request: Request) -> Answer:
        """Any function."""
        asked = Asked(request)
        name = asked.text("function", "")
        function = self._functions.get(name)
        if function is None:
            return _error(f"This API function ({name}) does not exist.")
        if name == "REALTIME_OPTIONS":
            if "free" in _key(request):
                return Answer.json(premium_gate())
            if not self.index_options and asked.text("symbol") == "SPX":
                raise BadParameter("symbol", "SPX", "not an equity")
            return self._chain(request, lambda: self._answer(function, asked))
        return self._answer(function, asked)

    def _chain(self, request: Request, make: Callable[[], Answer]) -> Answer:
        """A chain is the same for a whole minute, and is asked for every few seconds."""
        query = {name: values for name, values in request.query.items() if name != "apikey"}
        mark = int(request.now // 60), repr(sorted(query.items()))
        found = self._chains.get(mark)
        if found is None:
            while len(self._chains) >= _CHAINS:
                del self._chains[next(iter(self._chains))]
            found = self._chains[mark] = make()
        return found

    def _answer(self, function: Function, asked: Asked) -> Answer:
        found = function(self.world, asked)
        if isinstance(found, Answer):
            return found
        wanted = asked.choice("datatype", ("json", "csv"), "json")
        table = as_csv(found) if wanted == "csv" else None
        return table or Answer.json(found)


def _key(request: Request) -> str:
    return request.query.get("apikey", ("",))[-1]


def _error(message: str) -> Answer:
    return Answer.json({"Error Message": message})
