"""A rule that nobody could break proves nothing: handlers with one mistake each are caught."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from plugins.ibkr.allotment import Want
from plugins.ibkr.books import UPDATE
from plugins.ibkr.handler import Handler
from plugins.ibkr.history_pace import TickPace
from plugins.ibkr.lanes import Lanes
from plugins.ibkr.source import Ibkr
from quanticity.api import Context
from quanticity.clock import VirtualClock, run_virtual
from quanticity.sim.gateway.gateway import Gateway
from tests.plugins.ibkr.observer import Watched
from tests.plugins.ibkr.rig import TEN, market
from tests.plugins.ibkr.test_faults import TINY

# More requests than may leave within a second.
MANY = {
    **TINY,
    "stocks": ("SPY", "QQQ", "IWM", "AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA"),
    "futures": ("ES", "NQ", "RTY", "YM", "CL", "NG", "GC", "SI", "HG", "ZB", "ZN", "ZF", "ZT"),
    "indices": ("SPX", "NDX", "RUT", "VIX"),
}


def cut(gateway: Gateway) -> None:
    """Every connection closes."""
    for session in list(gateway.sessions):
        session.channel.close()


def back_without_data(gateway: Gateway) -> None:
    """1100, and 3 seconds later 1101."""
    gateway.outages.disconnect(3.0, 1101)


def nothing(gateway: Gateway) -> None:
    """A quiet minute."""


def observed(
    handler: type[Handler],
    incident: Callable[[Gateway], None],
    rule: Callable[[Watched], None],
    params: dict[str, Any],
) -> None:
    """Let a handler work for half a minute, with an incident early in it; then judge it."""

    class Source(Ibkr):
        async def run(self, context: Context) -> None:
            self._handler = handler(self.params, context, self.line_for)
            await self._handler.run()

    class Desk(Watched):
        kind = Source

    async def main(clock: VirtualClock) -> None:
        gateway = Gateway(market(), clock)
        try:
            async with Desk(gateway, clock, **params) as desk:
                await clock.sleep(8.3)
                incident(gateway)
                await clock.sleep(22)
                rule(desk)
        finally:
            await gateway.stop()

    run_virtual(main, start=TEN)


class StampsWithNow(Handler):
    """Writes what it knows as of now, however old it is."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        write, now = self.publisher.write, self.desk.now

        def wrong(name: str, data: Any, at: float, **values: str) -> None:
            write(name, data, now() if at else at, **values)

        self.publisher.write = wrong  # type: ignore[method-assign]


class KeepsALossToItself(Handler):
    """Keys stay live when the line is gone."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.publisher.lost = lambda *given: None  # type: ignore[method-assign]


class MissesTheBestRow(Handler):
    """Takes no update of the best row of a book; all others say that it is new."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        for instrument in self.desk.instruments.values():
            apply = instrument.book.apply

            def wrong(
                now: float, position: int, *change: Any, apply: Callable[..., bool] = apply
            ) -> bool:
                is_best = position == 0 and change[1] == UPDATE
                return is_best or apply(now, position, *change)

            book: Any = instrument.book
            book.apply = wrong


class Forgets(Handler):
    """Believes that the vendor remembers its subscriptions."""

    def _back(self, with_data: bool) -> None:
        super()._back(with_data=True)


class ForgetsOne(Handler):
    """Leaves the last subscription out after each new connection."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        roster: Any = self.desk.roster
        missing = roster.missing

        def wrong() -> list[Want]:
            return list(missing())[: None if self.connection.connects < 2 else -1]

        roster.missing = wrong


class LosesPrints(Handler):
    """Drops the oldest print of each batch that has several."""

    def _batch(self) -> None:
        for one in self.receiver.fresh:
            del one.prints[: len(one.prints) > 1]
        super()._batch()


class TellsTwice(Handler):
    """Writes a print of each batch twice."""

    def _batch(self) -> None:
        for one in self.receiver.fresh:
            one.prints += one.prints[:1]
        super()._batch()


class SendsTooFast(Handler):
    """Knows no limit."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.desk.lanes = Lanes(10_000, 8)


class AsksForTicksTooOften(Handler):
    """Does not wait its 15 seconds for tick-by-tick."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.desk.ticks = TickPace(0.0)


class SaysNothing(Handler):
    """A loss is not worth a line."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.connection._say = lambda text: None  # type: ignore[method-assign]


def old_is_fresh(desk: Watched) -> None:
    desk.nothing_old_is_fresh(1.0)


def quiet(desk: Watched) -> None:
    desk.it_says_what_happened(10)


def test_a_handler_with_much_to_ask_keeps_to_the_limit():
    observed(Handler, nothing, Watched.no_limit_is_broken, MANY)


@pytest.mark.parametrize("incident", [nothing, cut, back_without_data])
def test_the_handler_itself_breaks_no_rule(incident: Callable[[Gateway], None]):
    def every(desk: Watched) -> None:
        desk.all_rules()

    observed(Handler, incident, every, TINY)


@pytest.mark.parametrize(
    ("handler", "incident", "rule", "said"),
    [
        (StampsWithNow, nothing, old_is_fresh, "nothing of its (book|quote) came then"),
        (KeepsALossToItself, cut, old_is_fresh, "was live until the next connection"),
        (MissesTheBestRow, nothing, old_is_fresh, "had no (bids|asks)"),
        (Forgets, back_without_data, Watched.nothing_is_forgotten, "missing Counter"),
        (ForgetsOne, cut, Watched.nothing_is_forgotten, "missing Counter"),
        (LosesPrints, nothing, Watched.no_print_is_lost, "SPY: "),
        (TellsTwice, nothing, Watched.no_print_is_lost, "more often than"),
        (SendsTooFast, nothing, Watched.no_limit_is_broken, "the gateway counts"),
        (AsksForTicksTooOften, cut, Watched.no_limit_is_broken, "tick-by-tick"),
        (SaysNothing, cut, quiet, "1 losses"),
    ],
)
def test_a_handler_with_a_mistake_is_caught(
    handler: type[Handler],
    incident: Callable[[Gateway], None],
    rule: Callable[[Watched], None],
    said: str,
):
    with pytest.raises(AssertionError, match=said):
        observed(handler, incident, rule, MANY if handler is SendsTooFast else TINY)
