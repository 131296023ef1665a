"""The reference page of what a plugin is made of: from the classes and hooks themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from quanticity import api, testing
from quanticity.component import Analytic, Distributor, Source, Strategy
from quanticity.runtime.hookspecs import NAMES, Hooks

_HEAD = """# Plugins

Generated from the classes and hooks themselves. [Writing a plugin](../writing-a-plugin.md) is the
tutorial.

A plugin is a Python file, or a folder with an `__init__.py`, anywhere below `plugins/`; what begins
with `_` is left alone. An installed package says `[project.entry-points."quanticity.plugins"]`.
Every class in it that derives from one of the kinds below is a component, and every plain function
with the name of a hook is called as that hook.

Plugins import from `quanticity.api` only. A component is turned on and off, and given symbols and
parameters, under `components:` in the config (see [Config](config.md)), a strategy by a file of
`config/strategies/`.
"""
# Names of what is no class or function of ours, and so cannot say it itself.
_PLAIN = {
    "MONDAY": "Monday 5 January 2026, 10:00 Eastern, in epoch seconds: where a harness begins.",
    "State": "What a transform remembers between two bodies: anything that JSON can say.",
    "hookimpl": "Marks a function as a hook; one that has the name of a hook needs no mark.",
}
_KINDS = ((Analytic, "compute"), (Strategy, "decide"), (Source, "run"), (Distributor, "deliver"))


def plugins_page() -> str:
    """All of it, as Markdown."""
    return "".join([_HEAD, *_kinds(), *_declarations(), *_hooks(), *_names()])


def _kinds() -> Iterator[str]:
    yield "\n## Kinds of components\n\n| derive from | write | what it is |\n|---|---|---|\n"
    for kind, method in _KINDS:
        given = getattr(kind, method)
        word = "async def" if inspect.iscoroutinefunction(given) else "def"
        names = ", ".join(inspect.signature(given).parameters)
        yield f"| `{kind.__name__}` | `{word} {method}({names})` | {_first(kind)} |\n"


def _declarations() -> Iterator[str]:
    yield "\n## What a class says of itself\n\n| name | what it is |\n|---|---|\n"
    for name, text in (
        ("name", "unique; in the config, and in keys. Small letters, digits and `_`"),
        ("reads", 'keys by the names that its method uses: `{"chain": Key("raw:x:{symbol}", 60)}`'),
        ("writes", "keys likewise, of its outputs"),
        (
            "trigger",
            "when it runs: one of those below, or several; a source with one is a task",
        ),
        ("Params", "a `Spec` of its parameters, each with type, default, bounds and help"),
        ("section", "where `Params` stand at the top of the config; not for a strategy"),
        ("State", "a `msgspec.Struct` with defaults, where it remembers"),
        ("time_budget", "seconds that a run may take (2); an edge may hold the loop so long"),
        (
            "secrets",
            "of an edge: the parameters that name an environment variable it cannot do without",
        ),
        ("limits", "of a distributor: (messages, seconds) of any window"),
        ("tries", "of a distributor: how often one message is tried (5)"),
    ):
        yield f"| `{name}` | {text} |\n"
    yield "\n| trigger | it runs |\n|---|---|\n"
    for trigger in (api.OnChange, api.Every, api.At, api.Around):
        yield f"| `{trigger.__name__}` | {_first(trigger)} |\n"
    yield "\n| field of `Key` | what it is |\n|---|---|\n"
    for name, text in (
        ("name", "a pattern; the binding's values fill its placeholders"),
        ("max_age", "seconds that a value may be old for this reader"),
        ("view", "how it is read: `Chain`, `Book`, `Tape`, `Rows`, `Value`"),
        ("optional", "without it the component runs all the same, and is given None"),
        ("over", "a parameter that lists values of a placeholder: all of them come as a mapping"),
        ("kind", "`Kind.LATEST`, or `Kind.EVENTS` for a stream of which nothing is missed"),
        ("ttl", "of what is written: seconds until it is gone"),
        ("cap", "of events that are written: how many are kept"),
    ):
        yield f"| `{name}` | {text} |\n"


def _hooks() -> Iterator[str]:
    yield (
        "\n## Hooks\n\nThey register and observe; data never flows through one. A hook takes any "
        "of its arguments, by\nname. One that raises is told by name and stops no other.\n"
    )
    for name in vars(Hooks):
        if name in NAMES:
            hook = getattr(Hooks, name)
            names = ", ".join(one for one in inspect.signature(hook).parameters if one != "self")
            yield f"\n`{name}({names})`\n: {_whole(hook)}\n"


def _names() -> Iterator[str]:
    for module in (api, testing):
        yield f"\n## {module.__name__}\n\n{_first(module)}\n\n| name | what it is |\n|---|---|\n"
        for name in module.__all__:
            yield f"| `{name}` | {_PLAIN.get(name) or _first(getattr(module, name))} |\n"


def _first(thing: Any) -> str:
    """The first sentence of a docstring."""
    return _whole(thing).partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def _whole(thing: Any) -> str:
    return inspect.getdoc(thing) or ""
