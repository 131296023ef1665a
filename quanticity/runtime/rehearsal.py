"""New plugins and bindings, loaded and tried in a copy of the process before they take over."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from quanticity.clock import Calendar
from quanticity.errors import ConfigError, Problem
from quanticity.runtime.apart import Step, Stuck, apart
from quanticity.runtime.binding import Binding
from quanticity.runtime.plugin_watch import signature
from quanticity.runtime.recipe import Built, Recipe
from quanticity.runtime.shunned import Shunned, shunned
from quanticity.runtime.stack import of_plugin

_STAYS = "the old version goes on"


async def rehearse(
    recipe: Recipe, calendar: Calendar, budget: float, stack: Path | None
) -> list[Shunned]:
    """Load it in copies until all of it comes back; a file that does not is shunned.

    Returns what was shunned. `budget` is how many seconds it may take, `stack` where the process
    tells what it is at.

    Raises ConfigError where something does not come back and nobody knows which file.
    """
    bad: list[Shunned] = []
    while True:
        began = signature(recipe.folders)
        [found] = await apart([Step(budget, lambda: _loads(recipe, calendar))], stack)
        if not isinstance(found, Stuck):
            return bad
        one = shunned(found.places, recipe.folders, began, found.why)
        if one is None:
            raise ConfigError([Problem("", 0, 0, f"plugins do not load: {found.why}", _STAYS)])
        recipe.shun(one)
        bad.append(one)


def _loads(recipe: Recipe, calendar: Calendar) -> bool:
    try:
        recipe.build(calendar)
    except ConfigError:
        return False  # told where it is built for good
    return True


async def first_runs(
    bindings: Sequence[Binding],
    run: Callable[[Binding], Problem | None],
    folders: Sequence[Path],
    stack: Path | None,
) -> dict[str, Problem]:
    """What is wrong with the first run of each, by id; those that ran well are left out.

    Where one binding of a component does not come back, its others are not waited for.
    """
    wrong: dict[str, Problem] = {}
    left = list(bindings)
    while left:
        steps = [
            Step(one.component.time_budget, lambda one=one: run(one))  # type: ignore[misc]
            for one in left
        ]
        answers = await apart(steps, stack)
        for binding, answer in zip(left, answers, strict=False):
            if isinstance(answer, Stuck):
                problem = _stuck(binding, answer, folders)
                same = [one for one in left if one.component is binding.component]
                wrong |= dict.fromkeys((one.id for one in same if one.id not in wrong), problem)
            elif answer is not None:
                wrong[binding.id] = answer
        done = {one.id for one in left[: len(answers)]} | set(wrong)
        left = [one for one in left if one.id not in done]
    return wrong


def accepted_of(
    built: Built, before: Mapping[str, Binding], wrong: Container[str]
) -> list[Binding]:
    """What runs from now on: the new ones, and of those that are `wrong` what was there before."""
    accepted = []
    for binding in built.bindings:
        old = before.get(binding.id)
        if old is not None and (old.digest == binding.digest or binding.id in wrong):
            accepted.append(old)
        elif binding.id not in wrong:
            accepted.append(binding)
    # Wrong parameters leave a component out: what ran so far goes on until they are right.
    return accepted + built.still(before.values())


def told_once(wrong: Iterable[Problem]) -> list[Problem]:
    """A mistake that all symbols ran into is one problem: of the first, and how many more."""
    owners: dict[Problem, list[str]] = {}
    for problem in dict.fromkeys(wrong):
        owner, _, said = problem.message.partition(": ")
        owners.setdefault(replace(problem, message=said), []).append(owner)
    return [
        replace(problem, message=f"{_and_more(names)}: {problem.message}")
        for problem, names in owners.items()
    ]


def _and_more(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _stuck(binding: Binding, found: Stuck, folders: Sequence[Path]) -> Problem:
    said = f"{binding.id}: its first run did not end well: {found.why}"
    place = of_plugin(found.places, folders)
    if place is None:
        return Problem(binding.plugin, 1 if binding.plugin else 0, 1, said, _STAYS)
    return Problem(place[1], place[2], 1, said, _STAYS)
