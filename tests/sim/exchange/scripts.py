"""What clients do in property tests, drawn by hypothesis, and an exchange taken through it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from quanticity.sim.exchange import ComboLeg, Contract, Exchange, Order
from tests.sim.exchange.scripted import LISTINGS, T0, drawn

SECONDS = 90
END = T0 + SECONDS + 60
BAG = Contract(
    symbol="SPY",
    sec_type="BAG",
    combo_legs=(ComboLeg(11, 1, "BUY"), ComboLeg(12, 1, "SELL")),
)
LEVELS = {1: (100.0, 0.01), 2: (50.0, 0.01), 3: (6000.0, 0.25), 11: (1.0, 0.01), 12: (0.5, 0.01)}


@dataclass(frozen=True)
class Step:
    """One thing that a client does: "place", "cancel" or "change" the order of a number."""

    at: float
    what: str
    order_id: int
    contract: Contract
    order: Order


def _contract(con_id: int) -> Contract:
    if con_id == 0:
        return BAG
    return LISTINGS[con_id].contract if con_id in LISTINGS else Contract(con_id=con_id)


@st.composite
def orders(draw, con_id: int, order_id: int, *, kinds=None, groups=True):
    """An order near the market of a contract."""
    level, tick = LEVELS.get(con_id, (0.5, 0.01))
    steps = st.integers(-8, 8) | st.sampled_from((-150, -30, 30, 150))
    near = steps.map(lambda steps: round(level + steps * tick, 8))
    kind = draw(st.sampled_from(kinds or ("LMT", "LMT", "LMT", "MKT", "STP", "STP LMT", "TRAIL")))
    if con_id == 0 and kind != "MKT":
        kind = "LMT"
    order = Order(
        action=draw(st.sampled_from(("BUY", "SELL"))),
        total_quantity=draw(st.integers(1, 12)) * (1 if con_id in (0, 3, 11, 12) else 50),
        order_type=kind,
        lmt_price=draw(near) if "LMT" in kind else None,
        aux_price=draw(near) if kind in ("STP", "STP LMT") else None,
        tif=draw(st.sampled_from(("DAY", "GTC", ""))),
        outside_rth=draw(st.booleans()),
    )
    if kind == "TRAIL":
        order = replace(order, aux_price=draw(st.integers(1, 6)) * tick)
    if kind in ("LMT", "MKT"):
        order = replace(order, tif=draw(st.sampled_from(("DAY", "DAY", "GTC", "IOC", "FOK"))))
    if kind == "LMT" and con_id and order.tif == "DAY" and draw(st.integers(0, 5)) == 0:
        order = replace(
            order, algo_strategy="Adaptive", algo_params=(("adaptivePriority", "Urgent"),)
        )
    if groups and draw(st.integers(0, 3)) == 0:
        order = replace(
            order, oca_group=draw(st.sampled_from("ab")), oca_type=draw(st.sampled_from((1, 3)))
        )
    if groups and order_id > 1 and draw(st.integers(0, 3)) == 0:
        order = replace(order, parent_id=order_id - 1)
    return replace(order, transmit=draw(st.integers(0, 5)) > 0)


@st.composite
def scripts(draw, *, most=14, con_ids=(1, 1, 1, 2, 3, 11, 12, 0)):
    """Up to `most` steps over the life of a drawn market."""
    steps: list[Step] = []
    at, number = T0, 0
    for _ in range(draw(st.integers(1, most))):
        at = round(at + draw(st.sampled_from((0.0, 0.01, 0.2, 0.97, 1.0, 3.0, 7.7))), 2)
        what = draw(st.sampled_from(("place", "place", "place", "cancel", "change")))
        if what == "place" or not number:
            number += 1
            con_id = draw(st.sampled_from(con_ids))
            order = draw(orders(con_id, number))
            steps.append(Step(at, "place", number, _contract(con_id), order))
            continue
        before = draw(st.sampled_from([each for each in steps if each.what == "place"]))
        order = before.order
        if order.lmt_price is not None:
            tick = 0.25 if before.contract.con_id == 3 else 0.01
            moved = round(order.lmt_price + draw(st.integers(-3, 3)) * tick, 8)
            order = replace(order, lmt_price=moved)
        if what == "change" and draw(st.booleans()):
            order = replace(
                order, total_quantity=order.total_quantity + draw(st.sampled_from((-1, 1)))
            )
        if order.total_quantity > 0:
            steps.append(replace(before, at=at, what=what, order=replace(order, transmit=True)))
    return steps


def do(exchange: Exchange, step: Step) -> None:
    """Let a client do something."""
    if step.what == "cancel":
        exchange.cancel(7, step.order_id, step.at)
    else:
        exchange.place(7, step.order_id, step.contract, step.order, step.at)


def play(script, seed: int, *, cash: float = 1e6, between=None):
    """Take an exchange through a script to its end: the market, the exchange, all events.

    `between(exchange, until)` may drive it on its own way up to each step; it gives the events
    and the exchange to go on with.
    """
    market = drawn(seed, SECONDS)
    exchange = Exchange(market, T0 - 1, seed=seed, cash=cash)
    events = []
    for step in [*script, None]:
        until = step.at if step else END
        if between is not None:
            told, exchange = between(exchange, until)
            events += told
        if step is not None:
            do(exchange, step)
    events += exchange.advance(END)
    return market, exchange, events
