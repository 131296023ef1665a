"""Sections of the config that components claim: whose each is, and which are nobody's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from quanticity import words
from quanticity.component import Component
from quanticity.config.schema import Root
from quanticity.config.schema.components import ComponentConfig
from quanticity.config.slipped import looks_like_an_endpoint
from quanticity.errors import Problem, Severity
from quanticity.runtime.loader import Plugins
from quanticity.runtime.misspelt import meant
from quanticity.runtime.said import Said
from quanticity.spec import Locate, Spec, near, nearest, validate

_TOLD = 3


@dataclass(slots=True)
class Claims:
    """Parameters by the name of the component whose section gives them, and what is wrong.

    `refused` are components that cannot be had as the config wants them.
    """

    params: dict[str, Spec] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def claims_of(
    sections: Mapping[str, Any],
    components: Mapping[str, ComponentConfig],
    locate: Locate,
    plugins: Plugins,
) -> Claims:
    """Check every section that is not the core's, also those of components that are off.

    `components` are the config's entries of that name.
    """
    claims = Claims()
    owners: dict[str, type[Component]] = {}
    for name, component in sorted(plugins.components.items()):
        if not component.section:
            continue
        other = owners.setdefault(component.section, component)
        if other is not component:
            said = f" has the section '{component.section}', and so has {other.name}"
            hint = 'a section belongs to one component; section = "" is none'
            at = Said(component, plugins.files.get(name, name), name)
            claims.problems.append(at.problem(said, hint, word="section"))
            claims.refused.add(name)
    for section, tree in sections.items():
        owner = owners.get(section)
        if owner is None:
            claims.problems.append(_orphan(section, tree, owners, locate, plugins))
            # Without what was meant for it, it would run by its defaults. What stands in its own
            # section is only a part of that, where the two names are one slip apart.
            like = nearest(section, owners)
            if like is not None and (like not in sections or meant(section, [like])):
                claims.refused.add(owners[like].name)
            continue
        params, slips = validate(owner.Params, tree, locate, (section,))
        slips += _twice(owner, components, locate)
        claims.problems += slips
        if params is None or slips:
            claims.refused.add(owner.name)
        else:
            claims.params[owner.name] = params
    return claims


def sections_of(plugins: Plugins) -> Mapping[str, type[Spec]]:
    """What may stand in each section that a component has, by its name."""
    named = sorted(plugins.components.items(), reverse=True)
    found = {one.section: one.Params for _, one in named if one.section}
    return dict(sorted(found.items()))


def _twice(
    owner: type[Component], components: Mapping[str, ComponentConfig], locate: Locate
) -> Iterator[Problem]:
    entry = components.get(owner.name)
    if entry is not None and entry.params:
        file, line, _ = locate((owner.section,))
        said = f"{owner.name} has parameters here and in its section '{owner.section}'"
        hint = f"leave one of them; the section is at {file}:{line}"
        yield Problem(*locate(("components", owner.name, "params")), said, hint)


def _orphan(
    section: str,
    tree: Any,
    owners: Mapping[str, type[Component]],
    locate: Locate,
    plugins: Plugins,
) -> Problem:
    hints = [near(section, {*owners, *Root.model_fields})]
    if looks_like_an_endpoint(tree):
        hints = ["it looks like an endpoint: indent it below the 'endpoints' of its source"]
    if section in plugins.components:
        hints = [f"its parameters stand below components.{section}.params"]
    failed = {one.file: None for one in plugins.problems if one.severity is Severity.ERROR}
    if failed:
        hints.append(f"{words.some(list(failed), _TOLD)} did not load")
    hint = "; ".join(filter(None, hints)) or "no plugin has a section of that name"
    said = f"unknown section '{section}': it belongs to nobody"
    return Problem(*locate((section,)), said, hint)
