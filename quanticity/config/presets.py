"""Presets: parameters under a name, which components and strategies take whole, and may add to.

One may be frozen: figures that were calibrated together, of which none is changed alone. Its
`frozen` is the digest of its parameters, so that an edit is seen whoever makes it: in its file, in
an overlay, or beside its name where it is used.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from quanticity.config.document import Document
from quanticity.config.merge import Tree
from quanticity.errors import Problem
from quanticity.spec import Locate, Path, near

_USERS = ("components", "strategies")
_DIGITS = 16
_DIGEST = re.compile(f"[0-9a-f]{{{_DIGITS}}}")
_COPY = "leave it out, or copy the preset under a name of its own"


def with_presets(tree: Tree, locate: Locate) -> tuple[Tree, list[Problem]]:
    """`tree` with the parameters of presets below those of whoever names one, and what is wrong.

    A preset's value is given way to by what stands in `params` itself; null there is the default
    of the component again. What cannot be read as such is left for the validation to tell, and so
    is the null of a name that the preset does not give.
    """
    presets = _mapping(tree.get("presets"))
    problems = list(_thawed(presets, locate))
    filled = dict(tree)
    for section in _USERS:
        entries = _mapping(tree.get(section))
        taken = dict(entries)
        for name, entry in entries.items():
            wanted = _wanted(entry)
            if wanted is None:
                continue
            at: Path = (section, name)
            if wanted not in presets:
                hint = near(wanted, presets) or _how_else(presets)
                said = f"there is no preset '{wanted}'"
                problems.append(Problem(*locate((*at, "preset")), said, hint))
                continue
            preset, own = _mapping(presets[wanted]), entry.get("params")
            if own is not None and not isinstance(own, Mapping):
                continue
            if preset.get("frozen") is not None:
                problems += _loosened(wanted, preset, own or {}, at, locate)
            taken[name] = {**entry, "params": _laid(_mapping(preset.get("params")), own or {})}
        if taken:
            filled[section] = taken
    return filled, problems


def behind(tree: Tree, path: Path) -> Path | None:
    """Where in the preset a parameter stands that an entry does not give itself; None elsewhere.

    Both have a path of the same length. What is no mapping replaces all that the preset has there.
    """
    if len(path) < 3 or path[0] not in _USERS or path[2] != "params":
        return None
    entry = _mapping(tree.get(str(path[0]))).get(str(path[1]))
    wanted = _wanted(entry)
    if wanted is None or wanted not in _mapping(tree.get("presets")):
        return None
    own: Any = entry
    for name in path[2:]:
        if not isinstance(own, Mapping):
            return None
        if name not in own:
            break
        own = own[name]
    return ("presets", wanted, *path[2:])


def digest_of(params: Tree) -> str:
    """The digest (hex) of parameters, whatever their order: what `frozen` of a preset says."""
    text = json.dumps(params, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def refrozen(documents: Iterable[Document]) -> Iterator[Problem]:
    """Files that say another `frozen` than one below them: an overlay would thaw what it edits."""
    below: dict[str, Any] = {}
    for document in documents:
        for name, given in _mapping(document.tree.get("presets")).items():
            preset = _mapping(given)
            known = below.get(name)
            if "frozen" in preset and isinstance(known, str) and preset["frozen"] != known:
                at = document.locate(("presets", name, "frozen"))
                said = f"the preset '{name}' is frozen as '{known}', and stays so"
                yield Problem(*at, said, _COPY)
            below[name] = preset.get("frozen", known)


def _thawed(presets: Tree, locate: Locate) -> Iterator[Problem]:
    """Frozen presets whose parameters are not those that were frozen."""
    for name, given in presets.items():
        preset = _mapping(given)
        frozen, digest = preset.get("frozen"), digest_of(_mapping(preset.get("params")))
        if not isinstance(frozen, str) or frozen == digest:
            continue
        at: Path = ("presets", name)
        above = list(_from_above(preset, at, locate))
        for path in above:
            said = f"'{'.'.join(map(str, path))}' changes the preset '{name}', which is frozen"
            yield Problem(*locate((*at, "params", *path)), said, _COPY)
        if not _DIGEST.fullmatch(frozen):
            said = f"the preset '{name}' is not frozen yet: '{frozen}' is no digest"
            hint = f"write frozen: '{digest}' to keep its params as they stand"
            yield Problem(*locate((*at, "frozen")), said, hint)
        elif not above:
            said = f"the preset '{name}' is frozen, and its params are not those that were"
            hint = f"put them back, or copy it under a name of its own with frozen: '{digest}'"
            yield Problem(*locate((*at, "frozen")), said, hint)


def _from_above(preset: Tree, at: Path, locate: Locate) -> Iterator[Path]:
    """Parameters that another file gives than the one that says `frozen`: an overlay's edit."""
    home = locate((*at, "frozen"))[0]
    pending: list[tuple[Path, Any]] = [((), _mapping(preset.get("params")))]
    while pending:
        path, given = pending.pop()
        if isinstance(given, Mapping) and (given or not path):
            pending += [((*path, name), value) for name, value in given.items()]
        elif locate((*at, "params", *path))[0] != home:
            yield path


def _laid(below: Tree, own: Tree) -> dict[str, Any]:
    """A preset's parameters with their user's on them."""
    laid = dict(below)
    for name, value in own.items():
        if value is None and name in below:
            del laid[name]
        elif isinstance(value, Mapping):
            laid[name] = _laid(_mapping(below.get(name)), value)
        else:
            laid[name] = value
    return laid


def _loosened(wanted: str, preset: Tree, own: Tree, at: Path, locate: Locate) -> Iterator[Problem]:
    """Parameters that a frozen preset gives and its user would change."""
    pending: list[tuple[Path, Any, Any]] = [((), _mapping(preset.get("params")), own)]
    while pending:
        path, below, above = pending.pop()
        for name, value in above.items():
            here = (*path, name)
            if name not in below:
                continue
            if isinstance(value, Mapping) and isinstance(below[name], Mapping):
                pending.append((here, below[name], value))
                continue
            said = f"'{'.'.join(map(str, here))}' is of the preset '{wanted}', which is frozen"
            yield Problem(*locate((*at, "params", *here)), said, _COPY)


def _wanted(entry: Any) -> str | None:
    found = _mapping(entry).get("preset")
    return found if isinstance(found, str) else None


def _how_else(presets: Tree) -> str:
    known = ", ".join(presets)
    return f"there are {known}" if known else "write it as presets/NAME.yaml beside the config"


def _mapping(given: Any) -> Tree:
    return given if isinstance(given, Mapping) else {}
