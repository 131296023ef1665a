"""Small components and stored values for the tests of the runtime."""

from __future__ import annotations

from typing import Any

import msgspec

from quanticity.api import Analytic, At, Every, Inputs, Key, Kind, OnChange, Spec, field
from quanticity.model import Write
from quanticity.runtime.binding import Binding, bind
from quanticity.store import envelope

# Monday 2026-01-05 10:00 Eastern, inside market hours.
MONDAY = 1_767_625_200.0


class Factor(Spec):
    factor: float = field(2.0, help="what prices are multiplied by")
    others: tuple[str, ...] = field((), help="other symbols")


class Double(Analytic):
    name = "double"
    Params = Factor
    reads = {"price": Key("raw:price:{symbol}", max_age=60)}
    writes = {"twice": Key("feed:twice:{symbol}")}

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[dict[str, Any], Any]:
        return {"twice": {"value": inputs.price.data["p"] * self.params.factor}}, None


class Tally(msgspec.Struct):
    count: int = 0
    total: float = 0.0
    seen: list[int] = []


class Sum(Analytic):
    """Adds up prints, and says each one it saw."""

    name = "sum"
    State = Tally
    reads = {"prints": Key("raw:prints:{symbol}", kind=Kind.EVENTS)}
    writes = {
        "total": Key("feed:total:{symbol}"),
        "each": Key("feed:each:{symbol}", kind=Kind.EVENTS, cap=1_000_000),
    }

    def compute(self, inputs: Inputs, state: Tally, now: float) -> tuple[dict[str, Any], Any]:
        prints = inputs.prints.data
        state.count += len(prints)
        state.total += sum(one["n"] for one in prints)
        each = [{"n": one["n"]} for one in prints]
        return {"total": {"count": state.count, "total": state.total}, "each": each}, state


class Beat(Analytic):
    name = "beat"
    trigger = Every(5)
    reads = {"price": Key("raw:price:{symbol}", optional=True, max_age=60)}
    writes = {"beat": Key("feed:beat:{symbol}")}

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[dict[str, Any], Any]:
        return {"beat": {"now": now, "price": inputs.price and inputs.price.data["p"]}}, None


class Morning(Beat):
    name = "morning"
    trigger = At("10:30", "15:45")  # type: ignore[assignment]
    reads = {"price": Key("raw:price:{symbol}", max_age=60)}
    writes = {"beat": Key("feed:morning:{symbol}")}


class Slowly(Double):
    name = "slowly"
    trigger = OnChange(at_most_every=10)
    writes = {"twice": Key("feed:slowly:{symbol}")}


class Patient(Beat):
    """Runs by time too, with or without a price."""

    name = "patient"
    trigger = (OnChange("price", at_most_every=60), Every(300))  # type: ignore[assignment]
    writes = {"beat": Key("feed:patient:{symbol}")}


class Chained(Analytic):
    name = "chained"
    reads = {"twice": Key("feed:twice:{symbol}", max_age=60)}
    writes = {"four": Key("feed:four:{symbol}")}

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[dict[str, Any], Any]:
        return {"four": inputs.twice.data["value"] * 2}, None


class Spread(Analytic):
    name = "spread"
    Params = Factor
    reads = {"prices": Key("raw:price:{other}", over="others", max_age=60)}
    writes = {"spread": Key("feed:spread")}

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[dict[str, Any], Any]:
        prices = [view.data["p"] for view in inputs.prices.values()]
        return {"spread": max(prices) - min(prices)}, None


class Faulty(Analytic):
    """Does whatever `does` says is wrong."""

    name = "faulty"
    reads = {"price": Key("raw:price:{symbol}")}
    writes = {
        "out": Key("feed:out:{symbol}", shape=dict[str, float | None]),
        "events": Key("feed:events:{symbol}", kind=Kind.EVENTS),
    }
    does: Any = None

    def compute(self, inputs: Inputs, state: Any, now: float) -> Any:
        return type(self).does(inputs, now)


def bound(component: type[Analytic], symbol: str = "SPY", **params: Any) -> Binding:
    values = {} if component is Spread else {"symbol": symbol}
    return bind(component, component.Params(**params), values)


def text(
    key: str, data: bytes, number: int, *, at: float = MONDAY, kind: Kind = Kind.LATEST
) -> bytes:
    """A stored envelope with seq `number`-0."""
    write = Write(key, data, "test", at, at, 60.0, kind)
    return envelope.encode(write, f"{number}-0")
