"""From a config folder to one checked generation of the config, or every problem it has."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from quanticity.config.effective import Effective, resolve
from quanticity.config.lint import Checked, Known, Memo, check, contract_hashes
from quanticity.config.loaded import Loaded
from quanticity.config.location import (
    DEFAULT_ENVIRONMENT,
    Location,
    find_config,
    shipped_home,
)
from quanticity.config.modules import ModuleFolders
from quanticity.config.overlay import Layers
from quanticity.config.pieces import Assembler, Cache
from quanticity.config.presets import with_presets
from quanticity.config.reading import Files, hash_of, without_follow_ups
from quanticity.config.secrets import Secrets
from quanticity.config.sections import core_meant, split
from quanticity.config.watched import Watched
from quanticity.errors import ConfigError, Problem, Severity
from quanticity.spec import Locate


class Loader:
    """Reads one config folder again and again, checking anew only what changed.

    `sections` and `locate` are those of the last reading, also where the rest of it was refused:
    whoever knows the plugins tells what is wrong there beside what else is.
    """

    def __init__(
        self,
        config: Path | None = None,
        environment: str | None = None,
        environ: Mapping[str, str] | None = None,
        *,
        modules: ModuleFolders | None = None,
        streams: Iterable[str] = (),
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self.location = find_config(config)
        self.environment = environment or self._environ.get("QUANTICITY_ENV") or DEFAULT_ENVIRONMENT
        self.modules = modules if modules is not None else transform_folders(self.location)
        self._streams = frozenset(streams)
        self._files = Files(self.location, self.environment, self._environ)
        self._cache: Cache = {}
        self._memo = Memo()
        self._previous: Effective | None = None
        self._generation = 0
        self.sections: Mapping[str, Any] = {}
        self.locate: Locate = Layers(()).locate

    @property
    def watched(self) -> Watched:
        """The files that a load may read."""
        return Watched(self.location, self.modules.folders)

    def load(self, seen: str | None = None) -> Loaded:
        """Read, merge, fill in, check and resolve. Raises ConfigError with all problems.

        `seen` is the digest of the watched files, where it was just taken.

        A failed load changes nothing: the next one compares with the last that was good. So it is
        with each file of `transforms/`, whose problems stop the first load only.
        """
        # Before anything is read: an edit meanwhile is one that the watcher has still to see.
        seen = self.watched.digest() if seen is None else seen
        reading = self._files.read()
        layers, problems = reading.layers, reading.problems
        tree, sections = split(reading.filled.tree)
        problems += self._slips(tree, sections, layers)
        given, slips = with_presets(tree, layers.locate)
        problems += slips
        self.sections = {name: given for name, given in sections.items() if not core_meant(name)}
        self.locate = layers.locate
        pieces = Assembler(layers.locate, self._cache).assemble(given)
        problems += pieces.problems
        secrets = reading.secrets(pieces.root)
        effective = resolve(pieces.root, secrets, reading.unset, self._previous)
        modules = self.modules.refresh()
        transforms = modules.options if self.modules.folders else None
        checked = Checked(
            root=pieces.root,
            effective=effective,
            environment=self.environment,
            folder=self.location.folder,
            broken=frozenset(pieces.broken),
            doubtful=pieces.doubtful,
            locate=layers.locate,
            simulated=reading.simulated,
            from_environment=frozenset(reading.filled.paths),
            before=self._memo,
            known=Known(transforms, self._streams, modules.unloaded),
        )
        problems += check(checked)
        if self._generation == 0:
            problems += modules.problems
        secrets.register()
        told = tuple(
            sorted({_redacted(problem, secrets) for problem in without_follow_ups(problems)})
        )
        if any(problem.severity is Severity.ERROR for problem in told):
            raise ConfigError(told)
        unloaded = [_redacted(problem, secrets) for problem in modules.problems]
        told = tuple(sorted({*told, *unloaded}))
        self._cache, self._previous, self._memo = pieces.cache, effective, checked.memo
        self._generation += 1
        return Loaded(
            root=pieces.root,
            effective=effective,
            environment=self.environment,
            location=self.location,
            layers=layers,
            secrets=secrets,
            problems=told,
            files=tuple(document.path for document in layers.documents if document.path),
            hash=hash_of(self.environment, layers.documents),
            seen=seen,
            generation=self._generation,
            sections=sections,
            modules=modules,
            contracts=contract_hashes(self.location.folder, pieces.root),
        )

    def written(self) -> tuple[Layers, Secrets]:
        """What the files say, merged, and the secrets in it: for showing, not for running.

        Raises ConfigError where a file cannot be read; a key that is missing is no matter here.
        """
        reading = self._files.read()
        if any(problem.severity is Severity.ERROR for problem in reading.problems):
            raise ConfigError(reading.problems)
        tree, _ = split(reading.filled.tree)
        secrets = reading.secrets(Assembler(reading.layers.locate, {}).assemble(tree).root)
        secrets.register()
        return reading.layers, secrets

    def _slips(
        self, core: Mapping[str, Any], others: Iterable[str], layers: Layers
    ) -> Iterator[Problem]:
        """Sections that are meant for the core; of the rest only the plugins know whose they are.

        An edit that renames `data_sources` takes every feed away, and is refused whatever the name.
        """
        before = self._previous
        emptied = before is not None and bool(before.sources) and "data_sources" not in core
        for name in others:
            meant = core_meant(name)
            if meant is not None or emptied:
                hint = f"did you mean '{meant or 'data_sources'}'?"
                if meant is None:
                    hint += " For a config without feeds write 'data_sources: {}'"
                yield Problem(*layers.locate((name,)), f"unknown section '{name}'", hint)


def load(
    config: Path | None = None,
    environment: str | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    modules: ModuleFolders | None = None,
) -> Loaded:
    """Load a config once. Raises ConfigError with every problem.

    `config` is a folder or its base file; without it `./config`, else what ships. `environment`
    defaults to `$QUANTICITY_ENV`, else `demo`; `environ` to the process's own.
    """
    return Loader(config, environment, environ, modules=modules).load()


def transform_folders(location: Location) -> ModuleFolders:
    """`transforms/` beside the config, and what ships: the first has the say on a name."""
    return ModuleFolders([location.home / "transforms", shipped_home() / "transforms"])


def _redacted(problem: Problem, secrets: Secrets) -> Problem:
    message, hint = secrets.redact(problem.message), secrets.redact(problem.hint)
    if (message, hint) == (problem.message, problem.hint):
        return problem
    return Problem(problem.file, problem.line, problem.column, message, hint, problem.severity)
