"""When a component class wants to run, looked at before it does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, TypeGuard, get_args

from quanticity.clock import Session
from quanticity.component import (
    Analytic,
    Around,
    At,
    Component,
    Every,
    OnChange,
    Source,
    Strategy,
)
from quanticity.component.triggers import SessionEvent
from quanticity.errors import Problem
from quanticity.runtime.said import Said
from quanticity.spec import near

# A shorter one would be due again before it ran: nobody else would ever have a turn.
_SHORTEST = 0.001
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_KINDS = (OnChange, Every, At, Around)
_TIMES = "Every(60), At('16:30') or Around('close', 600)"
_NAMED = "OnChange(), Every(5), At('09:45') or Around('close', -600)"


def wrong_triggers(component: type[Component], said: Said) -> Iterator[Problem]:
    """What is wrong with `trigger`."""
    given: Any = component.trigger
    if not issubclass(component, Analytic | Strategy):
        if given is Component.trigger:
            return
        if not issubclass(component, Source):
            hint = "it tells of each event when it comes; leave `trigger` out"
            yield said.problem(" has a trigger and is no task", hint, word="trigger")
            return
    if isinstance(given, list):
        hint = "round brackets: trigger = (Every(5), OnChange())"
        yield said.problem(".trigger is a list", hint, word="trigger")
        return
    triggers = given if isinstance(given, tuple) else (given,)
    if not triggers:
        yield said.problem(".trigger is empty: it would never run", _NAMED, word="trigger")
    for one in triggers:
        slip = _slip_of(one, component)
        if slip is None and isinstance(one, OnChange) and issubclass(component, Source):
            slip = " runs on a change", f"a source runs all the time, or at times: {_TIMES}"
        if slip:
            yield said.problem(*slip, word="trigger")
    reads = component.reads or issubclass(component, Source)
    if triggers and not reads and all(isinstance(one, OnChange) for one in triggers):
        hint = "declare reads, or a trigger of time such as Every(60)"
        yield said.problem(" would never run: it waits for a change and reads nothing", hint)


def _slip_of(trigger: Any, component: type[Component]) -> tuple[str, str] | None:
    """What is wrong with one trigger, and what to write."""
    if isinstance(trigger, type) and trigger in _KINDS:
        return f".trigger is the class {trigger.__name__}", f"write it with brackets: {_NAMED}"
    if isinstance(trigger, OnChange):
        return _of_change(trigger, component.reads)
    if isinstance(trigger, Every):
        return _of_every(trigger)
    if isinstance(trigger, At):
        wrong = next((time for time in trigger.times if not _is_time(time)), None)
        if wrong is not None:
            return f" runs at {wrong!r}", 'a time of day is "09:45"'
        return None if trigger.times else (" runs at no time", 'At("09:45", "15:45")')
    if isinstance(trigger, Around):
        events = get_args(SessionEvent)
        if trigger.event not in events:
            hint = near(str(trigger.event), events) or f"one of {', '.join(events)}"
            return f" runs around {trigger.event!r}", hint
        if not _is_finite(trigger.seconds):
            return f" runs {trigger.seconds!r} from the {trigger.event}", "seconds, a number"
        return None
    return f".trigger is {trigger!r}", f"one of {_NAMED}"


def _of_change(trigger: OnChange, reads: Mapping[str, Any]) -> tuple[str, str] | None:
    unread = next((name for name in trigger.inputs if name not in reads), None)
    if unread is not None:
        hint = near(str(unread), reads) or f"it reads {', '.join(reads) or 'nothing'}"
        return f" has a trigger on '{unread}', which it does not read", hint
    gap: object = trigger.at_most_every
    if not _is_finite(gap) or gap < 0:
        return f" runs at most every {gap!r}", "seconds, zero or above"
    return None


def _of_every(trigger: Every) -> tuple[str, str] | None:
    seconds: object = trigger.seconds
    if not _is_finite(seconds) or seconds < _SHORTEST:
        return f" runs every {seconds!r} s", f"seconds, {_SHORTEST:g} or more"
    known = [one.value for one in Session]
    sessions = trigger.sessions
    if isinstance(sessions, str):
        return f" runs in the sessions {sessions!r}", f"a tuple: ({sessions!r},)"
    strange = next((one for one in sessions if one not in known), None)
    if strange is not None:
        hint = near(str(strange), known) or f"one of {', '.join(known)}"
        return f" runs in the session {strange!r}", hint
    return None


def _is_finite(given: Any) -> TypeGuard[float]:
    return isinstance(given, int | float) and not isinstance(given, bool) and isfinite(given)


def _is_time(given: object) -> bool:
    return isinstance(given, str) and _TIME.fullmatch(given) is not None
