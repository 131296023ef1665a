"""Components that wait for each other."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from quanticity.component import Component
from quanticity.model import Kind
from quanticity.runtime.binding import Binding
from quanticity.runtime.known_keys import KnownKeys


def circle_of(bindings: Sequence[Binding]) -> tuple[Binding, ...]:
    """Bindings that wait for each other in a circle, in order; none where there is no circle."""
    writers = {
        write.key: one.id
        for one in bindings
        for write in one.writes.values()
        if write.kind is Kind.LATEST
    }
    graph = {one.id: {writers[key] for key in one.latest if key in writers} for one in bindings}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        by_id = {one.id: one for one in bindings}
        return tuple(by_id[name] for name in reversed(error.args[1][1:]))
    return ()


def circle_of_idle(
    components: Sequence[type[Component]], known: KnownKeys
) -> tuple[type[Component], ...]:
    """Components that were never bound, for each waits for another's keys to know its symbols."""
    by_name = {one.name: one for one in components}
    graph = {
        name: sorted(
            {
                writer
                for key in one.reads.values()
                if not key.optional
                for found in known.filling(key.name)
                if (writer := found.partition(",")[0]) in by_name
            }
        )
        for name, one in by_name.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return tuple(by_name[name] for name in reversed(error.args[1][1:]))
    return ()
