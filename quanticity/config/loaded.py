"""A config that was read, checked and resolved: what the rest of the system is handed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quanticity.config.effective import Effective
from quanticity.config.location import Location
from quanticity.config.modules import Modules
from quanticity.config.overlay import Layers
from quanticity.config.schema import Root
from quanticity.config.secrets import Secrets
from quanticity.errors import Problem
from quanticity.spec import Path as TreePath


@dataclass(frozen=True, slots=True)
class Loaded:
    """One generation of the config. Nothing in it ever changes.

    `problems` are warnings and notes; an error gets here only for a file of `transforms/` whose
    last good version goes on. `files` are all that were read, and `hash` (hex) is of their bytes.
    `written` is the merged tree as people wrote it, with its `${VAR}` references, so it shows no
    secret. `sections` are those at the top that are not the core's, references filled in: the
    runtime checks them, once the plugins are known. `contracts` maps the path of each contract to
    a hash of its bytes. `seen` is the digest of all files that are watched, from before they were
    read: where it is another by now, one of them was edited.
    """

    root: Root
    effective: Effective
    environment: str
    location: Location
    layers: Layers = field(repr=False)
    secrets: Secrets = field(repr=False)
    problems: tuple[Problem, ...] = ()
    files: tuple[Path, ...] = ()
    hash: str = ""
    seen: str = ""
    generation: int = 1
    sections: Mapping[str, Any] = field(default_factory=dict, repr=False)
    modules: Modules = field(default_factory=Modules, repr=False)
    contracts: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def written(self) -> Mapping[str, Any]:
        """The merged tree as it is written, references and all."""
        return self.layers.tree

    def locate(self, path: TreePath) -> tuple[str, int, int]:
        """(file, line, column) of the value at `path`, or of the nearest thing above it."""
        return self.layers.locate(path)
