"""Contracts: what a client asks for, and the one instrument that it means.

A contract's id is made of what it is, so it is the same on every day and in every run; the ids of
options and futures are known once they were given out, and are saved with the gateway's state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from quanticity.sim.exchange.model import ComboLeg, Contract
from quanticity.sim.gateway.names import SEC_TYPES, exchanges_of, name_of, option_class
from quanticity.sim.gateway.ports import Market
from quanticity.sim.market.listing import Listed

COMBINATION = 28_812_380
_OPTION_TICK = 0.01


@dataclass(frozen=True, slots=True)
class Security:
    """One contract, filled in, and where its prices come from.

    `market` is the symbol in the simulated market (`ESH6` for a month of a future), `tick` the
    least step of its price; `legs` are those of a combination, each with how it is held.
    """

    contract: Contract
    market: str
    kind: str
    tick: float
    long_name: str = ""
    legs: tuple[tuple[Security, ComboLeg], ...] = ()

    @property
    def con_id(self) -> int:
        """The contract's id."""
        return self.contract.con_id

    @property
    def is_option(self) -> bool:
        """Whether it is one option."""
        return self.kind == "option"

    @property
    def expires(self) -> date:
        """The day on which it expires, of an option or future."""
        return _day(self.contract.expiry)


class Directory:
    """Every contract of the market."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._by_id: dict[int, Security] = {}
        self._by_key: dict[tuple[object, ...], Security] = {}
        for symbol in market.symbols():
            listed = market.listed(symbol)
            if listed is not None and listed.kind != "future":
                self._plain(listed)

    def by_id(self, con_id: int) -> Security | None:
        """The contract that an id was given to."""
        return self._by_id.get(con_id)

    def plain(self, symbol: str) -> Security | None:
        """What is listed under a symbol of ours, where that is one contract."""
        listed = self._market.listed(symbol)
        return None if listed is None or listed.kind == "future" else self._plain(listed)

    def one(self, wanted: Contract, at: float) -> Security | None:
        """The one contract that is meant; None for none. LookupError where it is ambiguous."""
        found = self.find(wanted, at)
        if len(found) > 1:
            raise LookupError(wanted.symbol or wanted.local_symbol)
        return found[0] if found else None

    def find(self, wanted: Contract, at: float) -> list[Security]:
        """All contracts that fit at a moment; what is empty or zero is left open."""
        if wanted.sec_type == "BAG":
            return self._combination(wanted)
        known = self._by_id.get(wanted.con_id)
        if known is not None:
            return [known] if _agrees(known, wanted) else []
        # An id that was not given out yet may be of a contract that is described besides.
        return [
            found
            for found in self._candidates(wanted, at)
            if wanted.con_id in (0, found.con_id) and _agrees(found, wanted)
        ]

    # What outlives the process

    def issued(self) -> list[list[str]]:
        """What `restore` needs to know the ids of options, futures and other stocks again."""
        return [
            [found.kind, found.market, of.expiry, repr(of.strike), of.right]
            for found in self._by_id.values()
            for of in (found.contract,)
            if found.kind in ("option", "future", "stock")
        ]

    def restore(self, issued: Sequence[Sequence[str]]) -> None:
        """Give out the ids that another run of the same market gave out."""
        for kind, market, expiry, strike, right in issued:
            listed = self._market.listed(market)
            if listed is None:
                continue
            if kind == "option":
                self._option(listed, _day(expiry), float(strike), right)
            elif kind == "future":
                self._month(listed, _day(expiry), market)
            else:
                self._plain(listed)

    # Who is meant

    def _candidates(self, wanted: Contract, at: float) -> Iterator[Security]:
        if wanted.con_id and not wanted.symbol:
            return
        for listed in self._named(wanted):
            if wanted.sec_type == "OPT":
                yield from self._options(listed, wanted, at)
            elif listed.kind == "future":
                if wanted.sec_type in ("FUT", "CONTFUT"):
                    yield from self._months(listed, wanted, at)
            elif wanted.sec_type in ("", SEC_TYPES[listed.kind]):
                yield self._plain(listed)

    def _named(self, wanted: Contract) -> list[Listed]:
        """What the symbol (or the local symbol) may stand for: IBKR's name, or ours."""
        symbol = wanted.symbol or wanted.local_symbol.split(" ")[0]
        ours = {symbol, f"{symbol}.{wanted.currency}"}
        found = []
        for each in self._market.symbols():
            listed = self._market.listed(each)
            if listed is None:
                continue
            name = name_of(listed)
            by_local = not wanted.symbol and symbol.startswith(name.trading_class)
            if each in ours or name.symbol == symbol or by_local:
                found.append(listed)
        if not found and wanted.sec_type in ("STK", "OPT"):
            other = self._market.listed(symbol)
            found = [other] if other is not None else []
        return found

    def _months(self, listed: Listed, wanted: Contract, at: float) -> Iterator[Security]:
        for month, last, local in self._market.future_months(listed.symbol, at):
            if wanted.sec_type == "CONTFUT":
                fits = self._market.source(local, at) == listed.symbol
            else:
                fits = wanted.expiry in ("", month, f"{last:%Y%m%d}")
            if fits:
                yield self._month(listed, last, local)

    def _options(self, listed: Listed, wanted: Contract, at: float) -> Iterator[Security]:
        for expiry in self._market.expiries(listed.symbol, at):
            if not f"{expiry:%Y%m%d}".startswith(wanted.expiry):
                continue
            for strike in self._market.strikes(listed.symbol, expiry, at):
                if wanted.strike and abs(strike - wanted.strike) > 1e-6:
                    continue
                for right in ("C", "P"):
                    if wanted.right[:1] in ("", right):
                        yield self._option(listed, expiry, float(strike), right)

    def _combination(self, wanted: Contract) -> list[Security]:
        legs = []
        for leg in wanted.combo_legs:
            security = self._by_id.get(leg.con_id)
            if security is None or leg.ratio <= 0 or leg.action not in ("BUY", "SELL"):
                return []
            legs.append((security, leg))
        if not legs:
            return []
        first = legs[0][0]
        contract = Contract(
            con_id=COMBINATION,
            symbol=wanted.symbol or first.contract.symbol,
            sec_type="BAG",
            exchange=wanted.exchange or "SMART",
            currency=wanted.currency or first.contract.currency,
            local_symbol=wanted.local_symbol or first.contract.symbol,
            trading_class="COMB",
            combo_legs=wanted.combo_legs,
        )
        return [Security(contract, first.market, "combination", _OPTION_TICK, "", tuple(legs))]

    # What they are

    def _plain(self, listed: Listed) -> Security:
        def make() -> Security:
            name = name_of(listed)
            contract = Contract(
                symbol=name.symbol,
                sec_type=name.sec_type,
                exchange=name.exchange,
                primary_exchange=name.primary,
                currency=listed.currency,
                local_symbol=name.local,
                trading_class=name.trading_class,
            )
            return Security(contract, listed.symbol, listed.kind, listed.tick, listed.name)

        return self._issued((listed.symbol, listed.kind), make)

    def _month(self, listed: Listed, last: date, local: str) -> Security:
        def make() -> Security:
            name = name_of(listed)
            contract = Contract(
                symbol=name.symbol,
                sec_type="FUT",
                expiry=f"{last:%Y%m%d}",
                multiplier=f"{listed.multiplier:g}",
                exchange=name.exchange,
                currency=listed.currency,
                local_symbol=local,
                trading_class=name.trading_class,
            )
            return Security(contract, local, listed.kind, listed.tick, listed.name)

        return self._issued((listed.continuous, listed.kind, last), make)

    def _option(self, listed: Listed, expiry: date, strike: float, right: str) -> Security:
        def make() -> Security:
            root = option_class(listed.symbol, expiry)
            contract = Contract(
                symbol=listed.symbol,
                sec_type="OPT",
                expiry=f"{expiry:%Y%m%d}",
                strike=strike,
                right=right,
                multiplier="100",
                exchange="SMART",
                currency=listed.currency,
                local_symbol=f"{root:<6}{expiry:%y%m%d}{right}{round(strike * 1000):08d}",
                trading_class=root,
            )
            return Security(contract, listed.symbol, "option", _OPTION_TICK, listed.name)

        return self._issued((listed.symbol, "option", expiry, strike, right), make)

    def _issued(self, key: tuple[object, ...], make: Callable[[], Security]) -> Security:
        """The contract of a key, made and given its id when it is first needed."""
        known = self._by_key.get(key)
        if known is not None:
            return known
        made, salt = make(), 0
        con_id = 0
        while con_id <= 1000 or con_id == COMBINATION or con_id in self._by_id:
            text = "|".join(str(part) for part in (*key, salt)).encode()
            con_id = int.from_bytes(hashlib.blake2b(text, digest_size=4).digest()) >> 1
            salt += 1
        issued = replace(made, contract=replace(made.contract, con_id=con_id))
        self._by_id[con_id] = self._by_key[key] = issued
        return issued


def _agrees(found: Security, wanted: Contract) -> bool:
    """Whether nothing that the client named is otherwise."""
    real = found.contract
    sec_type = "FUT" if wanted.sec_type == "CONTFUT" else wanted.sec_type
    named = (
        (sec_type, real.sec_type),
        (wanted.currency, real.currency),
        (wanted.local_symbol.replace(" ", ""), real.local_symbol.replace(" ", "")),
        (wanted.trading_class, real.trading_class),
        (wanted.right[:1] if real.right else "", real.right),
        (wanted.multiplier if real.multiplier else "", real.multiplier),
    )
    if any(asked and asked != true for asked, true in named):
        return False
    if wanted.con_id:
        # The id says it all; whoever gives more of it gives what he was given.
        return True
    if wanted.strike and real.strike and abs(wanted.strike - real.strike) > 1e-6:
        return False
    return wanted.exchange in ("", *exchanges_of(real))


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
