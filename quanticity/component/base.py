"""The base of everything a plugin registers, and the two pure kinds.

A component is one class. It says what it reads and writes, when it runs and what it remembers;
the framework does the rest. A pure component sees its inputs, its state and `now`, and nothing
else: no clock, no network, no randomness. So it runs the same live, on a recording and in a test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from quanticity.component.inputs import Inputs
from quanticity.component.intent import Intent, Passed
from quanticity.component.triggers import OnChange, Trigger
from quanticity.model import Key, Kind
from quanticity.spec import Spec


class NoParams(Spec):
    """A component without parameters."""


class Component:
    """One binding of a component: an instance knows its `params` and its `values`.

    `values` fill the placeholders of its keys (`{"symbol": "SPY"}`). Everything else is said by
    the class: `name` (unique, in config and in keys), `reads` and `writes` by the names that its
    method uses, `trigger`, `Params`, and `State` where it remembers (a msgspec Struct, or any
    type of plain data that can be made without arguments). With a `section` its `Params` stand at
    the top of the config below that name, instead of in `components.NAME.params`.
    """

    name: ClassVar[str] = ""
    section: ClassVar[str] = ""
    Params: ClassVar[type[Spec]] = NoParams
    State: ClassVar[type[Any] | None] = None
    reads: ClassVar[Mapping[str, Key]] = {}
    writes: ClassVar[Mapping[str, Key]] = {}
    trigger: ClassVar[Trigger | tuple[Trigger, ...]] = OnChange()
    time_budget: ClassVar[float] = 2.0
    """Seconds that one run may take; beyond, its worker is restarted and it is quarantined."""

    def __init__(self, params: Spec, values: Mapping[str, str]) -> None:
        self.params: Any = params
        self.values = values

    @classmethod
    def triggers(cls) -> tuple[Trigger, ...]:
        """All of its triggers."""
        return cls.trigger if isinstance(cls.trigger, tuple) else (cls.trigger,)


class Analytic(Component):
    """Turns inputs into values: pure."""

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """Return outputs by the names of `writes`, and what to remember.

        An output left out is not written. A figure that cannot be had is None, with its reason
        beside it; NaN is refused. For an events key the output is a list of events.
        """
        raise NotImplementedError


class Strategy(Component):
    """Turns inputs into intents: pure.

    What it wants is written for it: each intent to `signals:pending`, the newest ones to
    `signals:active:...`, and what it passes over to its own `log`, where it declares one.
    """

    writes: ClassVar[Mapping[str, Key]] = {
        "pending": Key("signals:pending", kind=Kind.EVENTS, ttl=86_400.0, cap=10_000),
        "active": Key("signals:active:{strategy}:{symbol}", ttl=600.0),
    }

    def decide(
        self, inputs: Inputs, state: Any, now: float
    ) -> tuple[Sequence[Intent | Passed], Any]:
        """Return intents (none is the usual answer), and what to remember."""
        raise NotImplementedError
