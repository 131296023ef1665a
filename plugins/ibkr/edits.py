"""An edit of the section, followed on the line there is."""

from __future__ import annotations

from .allotment import Stream
from .desk import Desk
from .publisher import Publisher
from .resolver import Resolver
from .settings import IbkrParams
from .subscriber import Subscriber

_OF_THE_LINE = ("host", "port", "client_id", "account", "limits")


class Edits:
    """Goes on with other lists and figures."""

    def __init__(
        self, desk: Desk, subscriber: Subscriber, resolver: Resolver, publisher: Publisher
    ) -> None:
        self._desk = desk
        self._subscriber = subscriber
        self._resolver = resolver
        self._publisher = publisher

    def follow(self, params: IbkrParams) -> bool:
        """Go on with these; False where the line has to be another."""
        desk, old = self._desk, self._desk.params
        if any(getattr(old, name) != getattr(params, name) for name in _OF_THE_LINE):
            return False
        before = set(desk.instruments)
        redefined = self._redefined(params)
        self._end_what_is_of_before(redefined, deeper=params.levels > old.levels)
        desk.params = params
        desk.settle_instruments()
        desk.refusals.clear()
        self._publisher.forget(params)
        # What was refused may be right now.
        self._resolver.edited(redefined)
        self._resolver.look()
        self._subscriber.sync()
        now = set(desk.instruments)
        added, gone = sorted(now - before), sorted(before - now)
        parts = (("adds", added), ("drops", gone), ("asks anew for", sorted(redefined)))
        said = [f"{verb} {', '.join(symbols)}" for verb, symbols in parts if symbols]
        if said:
            desk.log.info(f"{' and '.join(said)}, on the same connection")
        return True

    def _redefined(self, params: IbkrParams) -> set[str]:
        """Symbols that mean another contract from now on."""
        listings, wanted = params.listings, set(params.all_symbols)
        return {
            symbol
            for symbol, known in self._desk.instruments.items()
            if symbol in wanted and listings[symbol] != known.listing
        }

    def _end_what_is_of_before(self, redefined: set[str], *, deeper: bool) -> None:
        """Subscriptions to what was another contract, and books that are too short."""
        desk = self._desk
        for one in list(desk.roster.by_id.values()):
            option = desk.chains.options.get(one.subject)
            subject = option.underlying if option is not None else one.subject
            if subject in redefined or (deeper and one.stream is Stream.BOOK):
                self._subscriber.cancel(one)
        for symbol in redefined:
            self._publisher.lost("its contract is another now", symbol)
        desk.chains.keep_only([one for one in desk.chains.by_symbol if one not in redefined])
