"""The recorded bindings, made of the components there are now."""

from __future__ import annotations

from collections.abc import Mapping

from quanticity.component import Component
from quanticity.errors import ComponentError, Problem
from quanticity.journal.reader import Recording
from quanticity.journal.records import Bound
from quanticity.runtime.binding import Binding, bind
from quanticity.runtime.declared import is_pure
from quanticity.runtime.recorded import lacks_a_secret


def rebound(
    recording: Recording, components: Mapping[str, type[Component]]
) -> tuple[list[Binding], list[Problem]]:
    """The bindings that were in force last, with their recorded parameters; and what is not."""
    bound = {one.binding: one for one in recording.records() if isinstance(one, Bound)}
    bindings: list[Binding] = []
    problems: list[Problem] = []
    for one in bound.values():
        component = components.get(one.component)
        if component is None:
            problems.append(
                Problem(one.plugin, 0, 0, f"{one.binding}: there is no '{one.component}' any more")
            )
            continue
        if is_pure(component) and lacks_a_secret(one):
            said = f"{one.binding} is left out: one of its parameters is a secret, and not recorded"
            problems.append(Problem(one.plugin, 0, 0, said))
            continue
        try:
            params = component.Params.model_validate_json(one.params)
            bindings.append(bind(component, params, one.values, plugin=one.plugin))
        except (ValueError, ComponentError) as error:
            problems.append(Problem(one.plugin, 0, 0, f"{one.binding} cannot be made: {error}"))
    return bindings, problems
