"""Contract details (9), option parameters (78), matching symbols (81) and market rules (91)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from quanticity.clock import EASTERN
from quanticity.sim.gateway import codes
from quanticity.sim.gateway.contract_fields import read_contract
from quanticity.sim.gateway.names import exchanges_of, name_of, option_class
from quanticity.sim.gateway.rules import RULES, rule_of
from quanticity.sim.gateway.securities import Security
from quanticity.sim.gateway.session import Session
from quanticity.sim.gateway.wire import Fields, Value

_ORDER_TYPES = "ADAPTIVE,ALGO,DAY,FOK,GTC,IOC,LMT,LOC,MKT,MOC,OCA,OPG,STP,STPLMT,TRAIL,WHATIF"
_ZONE = "US/Eastern"
_DAYS = 6
_MATCHES = 16
_OPTION_ROUTES = ("SMART", "CBOE")


def request(session: Session, fields: Fields) -> None:
    """Message 9: all contracts that fit."""
    fields.skip(1)
    rid = fields.integer()
    wanted = read_contract(fields)
    gateway = session.gateway
    found = gateway.directory.find(wanted, gateway.clock.now())
    if not found or wanted.sec_type == "BAG":
        session.error(rid, codes.UNKNOWN_CONTRACT)
        return
    # A whole chain has the hours of its underlying.
    hours: dict[str, tuple[str, str]] = {}
    for security in found:
        if security.market not in hours:
            hours[security.market] = _hours(session, security)
        if wanted.exchange:
            contract = replace(security.contract, exchange=wanted.exchange)
            security = replace(security, contract=contract)  # noqa: PLW2901
        session.send(
            "contract details", 10, 8, rid, *_details(session, security, hours[security.market])
        )
    session.send("contract details end", 52, 1, rid)


def option_parameters(session: Session, fields: Fields) -> None:
    """Message 78: expiries and strikes of an underlying, for each class and exchange."""
    rid = fields.integer()
    fields.skip(3)
    con_id = fields.integer()
    gateway = session.gateway
    market, now = gateway.market, gateway.clock.now()
    underlying = gateway.directory.by_id(con_id)
    if underlying is None:
        session.error(rid, codes.UNKNOWN_CONTRACT)
        return
    classes: dict[str, tuple[list[str], set[float]]] = {}
    for expiry in market.expiries(underlying.market, now):
        days, strikes = classes.setdefault(option_class(underlying.market, expiry), ([], set()))
        days.append(f"{expiry:%Y%m%d}")
        strikes.update(float(strike) for strike in market.strikes(underlying.market, expiry, now))
    for name, (days, strikes) in classes.items():
        for exchange in _OPTION_ROUTES:
            row: list[Value] = [len(days), *days, len(strikes), *sorted(strikes)]
            session.send("option parameters", 75, rid, exchange, con_id, name, "100", *row)
    session.send("option parameters end", 76, rid)


def matching(session: Session, fields: Fields) -> None:
    """Message 81: contracts whose symbol or name begins like a text."""
    rid = fields.integer()
    pattern = fields.string().strip().upper()
    gateway = session.gateway
    rows: list[Value] = []
    count = 0
    for symbol in gateway.market.symbols():
        listed = gateway.market.listed(symbol)
        if listed is None or not pattern or listed.kind == "future":
            continue
        name = name_of(listed)
        if not (name.symbol.startswith(pattern) or listed.name.upper().startswith(pattern)):
            continue
        security = gateway.directory.plain(symbol)
        if count < _MATCHES and security is not None:
            count += 1
            kinds = ("OPT",) if gateway.market.expiries(symbol, gateway.clock.now()) else ()
            rows += [security.con_id, name.symbol, name.sec_type]
            rows += [name.primary or name.exchange, listed.currency, len(kinds), *kinds]
    session.send("symbol samples", 79, rid, count, *rows)


def market_rule(session: Session, fields: Fields) -> None:
    """Message 91: the steps of prices by a rule's id."""
    number = fields.integer()
    rule = RULES.get(number)
    if rule is None:
        session.error(-1, codes.INVALID, why=f"Unknown market rule id:{number}")
        return
    flat = [part for step in rule for part in step]
    session.send("market rule", 93, number, len(rule), *flat)


def _details(session: Session, security: Security, hours: tuple[str, str]) -> tuple[Value, ...]:
    """The 36 fields of a contract's description, in the protocol's order."""
    contract = security.contract
    directory, market = session.gateway.directory, session.gateway.market
    exchanges = exchanges_of(contract)
    rules = ",".join(str(rule_of(security)) for _ in exchanges)
    is_option = security.is_option
    under_id, under_symbol, under_type = 0, "", ""
    if is_option or contract.sec_type == "FUT":
        under_symbol = contract.symbol
        listed = market.listed(security.market)
        if is_option and listed is not None:
            under_type = name_of(listed).sec_type
            under = directory.plain(security.market)
            under_id = under.con_id if under is not None else 0
        elif listed is not None:
            under_type = "IND"
    trading, liquid = hours
    return (
        contract.symbol,
        contract.sec_type,
        contract.expiry,
        contract.strike,
        contract.right,
        contract.exchange,
        contract.currency,
        contract.local_symbol,
        contract.trading_class,
        contract.trading_class,
        contract.con_id,
        security.tick,
        1,
        contract.multiplier,
        _ORDER_TYPES,
        ",".join(exchanges),
        1,
        under_id,
        security.long_name,
        contract.primary_exchange,
        contract.expiry[:6],
        "",
        "",
        "",
        _ZONE,
        trading,
        liquid,
        "",
        0,
        0,
        1,
        under_symbol,
        under_type,
        rules,
        contract.expiry,
        {"stock": "COMMON", "etf": "ETF"}.get(security.kind, ""),
    )


def _hours(session: Session, security: Security) -> tuple[str, str]:
    """Trading and liquid hours of the coming days: `20260105:0400-20260105:2000;...`."""
    market, now = session.gateway.market, session.gateway.clock.now()
    texts: list[list[str]] = [[], []]
    today = datetime.fromtimestamp(now, EASTERN).date()
    for ahead in range(_DAYS):
        day = today + timedelta(days=ahead)
        for text, span in zip(texts, market.hours(security.market, day), strict=True):
            if span is None:
                text.append(f"{day:%Y%m%d}:CLOSED")
            else:
                text.append("-".join(f"{_local(moment)}" for moment in span))
    return ";".join(texts[0]), ";".join(texts[1])


def _local(moment: float) -> str:
    return datetime.fromtimestamp(moment, EASTERN).strftime("%Y%m%d:%H%M")
