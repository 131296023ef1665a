"""What the library calls when a message has come, by the names that the vendor gave long ago."""
# ruff: noqa: N802  # the vendor's names

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import Any

from .account_wire import AccountWire, asked_of
from .port import Details, Sink

_DUPLICATE = 326


class Wire(AccountWire):
    """Hands every answer to a sink, in our words."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self.accounts: list[str] = []
        self.reason = ""
        self.code = 0
        self.unused = 0
        # Decoders of executions ask these.
        self.ib: Any = self
        self.TimezoneTWS = ""
        self.defaultTimezone: tzinfo = UTC

    def __getattr__(self, name: str) -> Callable[..., None]:
        """What nobody here waits for is counted, and that is all."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self._unused

    def _unused(self, *given: Any) -> None:
        self.unused += 1

    def mute(self) -> None:
        """Tell nothing more."""
        self._sink = None

    def failed(self, message: str) -> None:
        """Why there is no connection, as the library sees it; the vendor's own word is better."""
        if not self.reason:
            self.reason = message

    # The connection

    def managedAccounts(self, accounts: str) -> None:
        """Accounts of the login."""
        self.accounts = [one for one in accounts.split(",") if one]

    def tcpDataProcessed(self) -> None:
        """A batch was decoded."""
        if self._sink is not None:
            self._sink.received()

    def error(self, number: int, code: int, text: str, advanced: str = "") -> None:
        """An error, a warning or news."""
        if code == _DUPLICATE:
            self.reason, self.code = text, code
        if self._sink is not None:
            self._sink.error(number, code, text)

    def currentTime(self, seconds: int) -> None:
        """The server's time."""
        if self._sink is not None:
            self._sink.server_time(float(seconds))

    # Quotes

    def priceSizeTick(self, number: int, tick: int, price: float, size: float) -> None:
        """A price with its size."""
        if self._sink is not None:
            self._sink.price(number, tick, price, size)

    def tickSize(self, number: int, tick: int, size: float) -> None:
        """A size."""
        if self._sink is not None:
            self._sink.size(number, tick, size)

    def tickString(self, number: int, tick: int, value: str) -> None:
        """A text."""
        if self._sink is not None:
            self._sink.text(number, tick, value)

    def tickGeneric(self, number: int, tick: int, value: float) -> None:
        """A figure."""
        if self._sink is not None:
            self._sink.generic(number, tick, value)

    def tickOptionComputation(self, number: int, tick: int, attribute: int, *values: float) -> None:
        """Greeks."""
        if self._sink is not None:
            self._sink.model(number, tick, values)

    def marketDataType(self, number: int, kind: int) -> None:
        """Live, frozen, delayed."""
        if self._sink is not None:
            self._sink.data_kind(number, kind)

    def tickReqParams(self, number: int, min_tick: float, exchange: str, permissions: int) -> None:
        """The table of its venues' letters."""
        if self._sink is not None and exchange:
            self._sink.quoted_at(number, exchange)

    def smartComponents(self, number: int, components: Sequence[Any]) -> None:
        """Venues by letter."""
        if self._sink is not None:
            self._sink.smart_component(number, {o.exchangeLetter: o.exchange for o in components})

    # Books, prints, bars
    def updateMktDepth(
        self, number: int, position: int, operation: int, side: int, price: float, size: float
    ) -> None:
        """A change of a book of one venue."""
        if self._sink is not None:
            self._sink.depth(number, position, "", operation, side, price, size)

    def updateMktDepthL2(
        self,
        number: int,
        position: int,
        maker: str,
        operation: int,
        side: int,
        price: float,
        size: float,
        smart: bool = False,
    ) -> None:
        """A change of a book of several."""
        if self._sink is not None:
            self._sink.depth(number, position, maker, operation, side, price, size)

    def tickByTickAllLast(
        self,
        number: int,
        kind: int,
        time: int,
        price: float,
        size: float,
        attributes: Any,
        venue: str,
        codes: str,
    ) -> None:
        """A print."""
        if self._sink is not None:
            self._sink.tick(number, float(time), price, size, venue, codes)

    def tickByTickBidAsk(
        self,
        number: int,
        time: int,
        bid: float,
        ask: float,
        bid_size: float,
        ask_size: float,
        attributes: Any,
    ) -> None:
        """A quote."""
        if self._sink is not None:
            self._sink.quote_tick(number, bid, ask, bid_size, ask_size)

    def realtimeBar(
        self,
        number: int,
        time: int,
        open_: float,
        high: float,
        low: float,
        close: float,
        volume: float,
        average: float,
        count: int,
    ) -> None:
        """Five seconds."""
        if self._sink is not None:
            figures = (open_, high, low, close, volume, average, float(count))
            self._sink.bar(number, float(time), figures)

    def historicalData(self, number: int, bar: Any) -> None:
        """A bar of the past."""
        if self._sink is not None:
            figures = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.average)
            self._sink.history_bar(number, str(bar.date), (*figures, float(bar.barCount)))

    def historicalDataEnd(self, number: int, start: str, end: str) -> None:
        """That was all."""
        if self._sink is not None:
            self._sink.history_end(number)

    # Contracts

    def contractDetails(self, number: int, found: Any) -> None:
        """One contract."""
        if self._sink is not None:
            self._sink.details(
                number,
                Details(
                    contract=asked_of(found.contract),
                    contract_month=found.contractMonth,
                    min_tick=found.minTick,
                    magnifier=int(found.priceMagnifier or 1),
                    long_name=found.longName,
                    zone=found.timeZoneId,
                    trading_hours=found.tradingHours,
                    liquid_hours=found.liquidHours,
                    under_con_id=int(found.underConId or 0),
                ),
            )

    def contractDetailsEnd(self, number: int) -> None:
        """That was all."""
        if self._sink is not None:
            self._sink.details_end(number)

    def securityDefinitionOptionParameter(
        self,
        number: int,
        exchange: str,
        under_con_id: int,
        trading_class: str,
        multiplier: str,
        expiries: Sequence[str],
        strikes: Sequence[float],
    ) -> None:
        """Expiries and strikes of a class at an exchange."""
        if self._sink is not None:
            self._sink.option_parameters(
                number, exchange, trading_class, multiplier, expiries, strikes
            )

    def securityDefinitionOptionParameterEnd(self, number: int) -> None:
        """That was all."""
        if self._sink is not None:
            self._sink.option_parameters_end(number)
