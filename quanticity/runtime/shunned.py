"""Versions of plugins that do not come back when they are loaded: each is left out until edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from quanticity.errors import Problem
from quanticity.runtime.plugin_paths import bytes_of, plugin_paths
from quanticity.runtime.plugin_watch import Signature, signature
from quanticity.runtime.stack import of_plugin


@dataclass(frozen=True, slots=True)
class Shunned:
    """The file or package `path`, as long as it has these bytes."""

    path: Path
    source: bytes = field(repr=False)
    problem: Problem


def shunned(
    places: Sequence[tuple[Path, int]], folders: Sequence[Path], began: Signature, why: str
) -> Shunned | None:
    """The plugin that a process is stuck in while it loads; None where it is in none.

    `began` is the signature of the folders when loading began: what was edited since is innocent.
    """
    found = of_plugin(places, folders)
    if found is None:
        return None
    file, shown, line = found
    plugins = (path for folder in folders for path in plugin_paths(folder))
    path = next((one for one in plugins if file.is_relative_to(one)), None)
    now = {one for one in signature(folders) if one[0] == str(file)}
    if path is None or not now <= began:
        return None
    problem = Problem(shown, line, 1, f"{why} to load", "it is left alone until it is edited")
    try:
        return Shunned(path, bytes_of(path), problem)
    except OSError:
        return None  # taken away meanwhile
