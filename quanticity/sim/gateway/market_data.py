"""Market data: requests 1 and 2, the kind of data (59), and what its letters mean (83)."""

from __future__ import annotations

from dataclasses import replace

from quanticity.sim.exchange.model import Contract
from quanticity.sim.gateway import codes, ticks
from quanticity.sim.gateway.contract_fields import read_contract, read_legs
from quanticity.sim.gateway.line import Line
from quanticity.sim.gateway.option_line import CombinationLine, OptionLine
from quanticity.sim.gateway.securities import Security
from quanticity.sim.gateway.session import Session
from quanticity.sim.gateway.streams import begin, security_of
from quanticity.sim.gateway.venues import BBO_EXCHANGE, components
from quanticity.sim.gateway.wire import Fields

_LIVE, _FROZEN, _DELAYED, _DELAYED_FROZEN = 1, 2, 3, 4
_KIND = Line.kind


def request(session: Session, fields: Fields) -> None:
    """Message 1: watch an instrument, or see it once."""
    fields.skip(1)
    rid = fields.integer()
    contract = read_contract(fields)
    if contract.sec_type == "BAG":
        contract = replace(contract, combo_legs=read_legs(fields))
    if fields.boolean():
        fields.skip(3)
    listed = fields.string()
    snapshot, regulatory = fields.boolean(), fields.boolean()
    line = _line(session, rid, contract, listed)
    if line is None:
        return
    kind = _DELAYED if line.is_delayed else _LIVE
    if session.market_data_type == _FROZEN and not line.market.trading(line.source, line.since):
        kind = _FROZEN
    session.send("market data type", 58, 1, rid, kind)
    session.send("tick parameters", 81, rid, line.security.tick, BBO_EXCHANGE, 3)
    if not (snapshot or regulatory):
        begin(session, line)
    elif not session.gateway.is_cut_off:
        line.look(session.gateway.clock.now())
        session.send("snapshot end", 57, 1, rid)


def _line(session: Session, rid: int, contract: Contract, listed: str) -> Line | None:
    """The line that is asked for; None where it is refused, which was said."""
    gateway = session.gateway
    if (_KIND, rid) in session.streams:
        session.error(rid, codes.DUPLICATE_TICKER)
        return None
    if gateway.open_lines() >= gateway.limits.lines:
        gateway.counters.violations["lines"] += 1
        session.error(rid, codes.TOO_MANY_LINES)
        return None
    security = security_of(session, rid, contract)
    generic = None if security is None else _generic(session, rid, security, listed)
    if security is None or generic is None:
        return None
    delayed = _is_delayed(session, rid, security)
    if delayed is None:
        return None
    shape = OptionLine if security.is_option else CombinationLine if security.legs else Line
    return shape(session, rid, security, generic, delayed=delayed)


def cancel(session: Session, fields: Fields) -> None:
    """Message 2: watch no longer."""
    fields.skip(1)
    rid = fields.integer()
    if session.streams.pop((_KIND, rid), None) is None:
        session.error(rid, codes.UNKNOWN_TICKER)


def choose(session: Session, fields: Fields) -> None:
    """Message 59: live, frozen, delayed or delayed and frozen data from now on."""
    fields.skip(1)
    wanted = fields.integer()
    if wanted not in (_LIVE, _FROZEN, _DELAYED, _DELAYED_FROZEN):
        session.error(-1, codes.INVALID, why=f"Invalid market data type:{wanted}")
        return
    session.market_data_type = wanted


def smart_components(session: Session, fields: Fields) -> None:
    """Message 83: which exchanges the letters of ticks 32, 33 and 84 stand for."""
    rid, exchange = fields.integer(), fields.string()
    if exchange != BBO_EXCHANGE:
        session.error(rid, codes.INVALID, why=f"Invalid exchange:{exchange}")
        return
    found = components()
    flat = [part for component in found for part in component]
    session.send("smart components", 82, rid, len(found), *flat)


def _generic(session: Session, rid: int, security: Security, listed: str) -> frozenset[int] | None:
    """The generic ticks that are asked for; None where one is not known, which was said."""
    found = set()
    legal = ticks.GENERIC[security.contract.sec_type]
    for part in listed.split(","):
        # Modifiers as in "mdoff" or "292:BRFG" are not figures of the tape.
        name = part.strip().partition(":")[0]
        if not name or name == "mdoff":
            continue
        if not name.isdigit() or int(name) not in legal:
            known = ",".join(str(each) for each in sorted(legal))
            session.error(
                rid,
                codes.INVALID,
                why=f"Incorrect generic tick list of {listed}.  Legal ones for "
                f"({security.contract.sec_type}) are: {known}.",
            )
            return None
        found.add(int(name))
    return frozenset(found)


def _is_delayed(session: Session, rid: int, security: Security) -> bool | None:
    """Whether data are shown late, for want of a subscription; None: not at all, which was said."""
    if session.gateway.is_subscribed(security):
        return False
    if session.market_data_type in (_DELAYED, _DELAYED_FROZEN):
        session.error(rid, codes.DELAYED_SHOWN)
        return True
    session.error(rid, codes.NOT_SUBSCRIBED if security.is_option else codes.DELAYED_NOT_ENABLED)
    return None
