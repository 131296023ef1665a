"""From a config folder to one checked generation of the config, or every problem it has."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import xxhash

from quanticity.config.blocks import BlockReader
from quanticity.config.document import Document, parse, read
from quanticity.config.dotenv import read_dotenv
from quanticity.config.effective import Effective, resolve
from quanticity.config.environ import Filled, fill
from quanticity.config.lint import Checked, Known, Memo, check, contract_hashes
from quanticity.config.loaded import Loaded
from quanticity.config.location import (
    BUILT_IN,
    DEFAULT_ENVIRONMENT,
    Location,
    check_environment,
    find_config,
    shipped_home,
)
from quanticity.config.modules import ModuleFolders
from quanticity.config.overlay import Layers, idle_removals
from quanticity.config.pieces import Assembler, Cache
from quanticity.config.schema import Root
from quanticity.config.secrets import SIMULATED, Secrets
from quanticity.config.sections import SectionRegistry
from quanticity.errors import ConfigError, Problem, Severity
from quanticity.spec import Spec, near, validate


class Loader:
    """Reads one config folder again and again, checking anew only what changed."""

    def __init__(
        self,
        config: Path | None = None,
        environment: str | None = None,
        environ: Mapping[str, str] | None = None,
        *,
        sections: SectionRegistry | None = None,
        modules: ModuleFolders | None = None,
        streams: Iterable[str] = (),
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self.location = find_config(config)
        self.environment = environment or self._environ.get("QUANTICITY_ENV") or DEFAULT_ENVIRONMENT
        self._sections = sections or SectionRegistry()
        self.modules = modules if modules is not None else transform_folders(self.location)
        self._streams = frozenset(streams)
        self._reader = BlockReader()
        self._cache: Cache = {}
        self._memo = Memo()
        self._previous: Effective | None = None
        self._generation = 0

    def load(self) -> Loaded:
        """Read, merge, fill in, check and resolve. Raises ConfigError with all problems.

        A failed load changes nothing: the next one compares with the last that was good. So it is
        with each file of `transforms/`, whose problems stop the first load only.
        """
        location = self.location
        check_environment(location, self.environment)
        layers = Layers(self._documents(location))
        problems = [problem for document in layers.documents for problem in document.problems]
        for lower, upper in zip(layers.documents, layers.documents[1:], strict=False):
            problems += idle_removals(lower.tree, upper)
        own, wrong = self._dotenv(location)
        problems += wrong
        values = {**own, **self._environ}
        simulated = _simulated(layers.tree)
        filled = Filled(layers.tree)
        if any(document.references for document in layers.documents):
            stand_in = SIMULATED if simulated else None
            filled = fill(layers.tree, values, stand_in, self._reader.plain)
        unset = self._references(filled, layers, problems)
        tree, sections = self._split(filled.tree, layers, problems)
        pieces = Assembler(layers.locate, self._cache).assemble(tree)
        problems += pieces.problems
        secrets = Secrets(
            values, _token_names(pieces.root), filled.used, own=own, simulated=simulated
        )
        effective = resolve(pieces.root, secrets, unset, self._previous)
        modules = self.modules.refresh()
        checked = Checked(
            root=pieces.root,
            effective=effective,
            environment=self.environment,
            folder=location.folder,
            broken=frozenset(pieces.broken),
            locate=layers.locate,
            simulated=simulated,
            from_environment=frozenset(filled.paths),
            before=self._memo,
            known=Known(modules.options if self.modules.folders else None, self._streams),
        )
        problems += check(checked)
        if self._generation == 0:
            problems += modules.problems
        secrets.register()
        told = tuple(sorted({_redacted(problem, secrets) for problem in problems}))
        if any(problem.severity is Severity.ERROR for problem in told):
            raise ConfigError(told)
        slips = [_redacted(problem, secrets) for problem in modules.problems]
        told = tuple(sorted({*told, *slips}))
        self._cache, self._previous, self._memo = pieces.cache, effective, checked.memo
        self._generation += 1
        return Loaded(
            root=pieces.root,
            effective=effective,
            environment=self.environment,
            location=location,
            layers=layers,
            secrets=secrets,
            problems=told,
            files=tuple(document.path for document in layers.documents if document.path),
            hash=_hash(self.environment, layers),
            generation=self._generation,
            sections=sections,
            modules=modules,
            contracts=contract_hashes(location.folder, pieces.root),
        )

    def written(self) -> tuple[Layers, Secrets]:
        """What the files say, merged, and the secrets in it: for showing, not for running.

        Raises ConfigError where a file cannot be read; a key that is missing is no matter here.
        """
        check_environment(self.location, self.environment)
        layers = Layers(self._documents(self.location))
        problems = [problem for document in layers.documents for problem in document.problems]
        if any(problem.severity is Severity.ERROR for problem in problems):
            raise ConfigError(problems)
        own, _ = self._dotenv(self.location)
        values = {**own, **self._environ}
        simulated = _simulated(layers.tree)
        filled = fill(layers.tree, values, SIMULATED if simulated else None, self._reader.plain)
        tree, _ = self._split(filled.tree, layers, [])
        root = Assembler(layers.locate, {}).assemble(tree).root
        secrets = Secrets(values, _token_names(root), filled.used, own=own, simulated=simulated)
        secrets.register()
        return layers, secrets

    def stale(self, loaded: Loaded) -> bool:
        """Whether a file of `loaded` says something else by now."""
        return _hash(self.environment, Layers(self._documents(self.location))) != loaded.hash

    def _documents(self, location: Location) -> list[Document]:
        documents = [read(location.base, location.shown(location.base), self._reader)]
        overlay = location.overlay(self.environment)
        if overlay.is_file():
            documents.append(read(overlay, location.shown(overlay)))
        else:
            name = f"(built-in {self.environment})"
            documents.append(parse(BUILT_IN[self.environment].encode(), name))
        return documents

    def _dotenv(self, location: Location) -> tuple[dict[str, str], list[Problem]]:
        values: dict[str, str] = {}
        problems: list[Problem] = []
        for file in dotenv_files(location):
            found, slips = read_dotenv(file)
            values |= found
            problems += slips
        return values, problems

    def _references(
        self, filled: Filled, layers: Layers, problems: list[Problem]
    ) -> dict[tuple[str, str], str]:
        """Variables without a value: a source or endpoint that needs one is off, else an error."""
        unset: dict[tuple[str, str], str] = {}
        for path in filled.malformed:
            said = "'${' begins a reference that is not ${NAME} or ${NAME:-default}"
            problems.append(Problem(*layers.locate(path), said, "write $${ for a plain ${"))
        for path, name in filled.missing:
            if len(path) > 2 and path[0] == "data_sources":
                endpoint = str(path[3]) if path[2] == "endpoints" and len(path) > 3 else ""
                unset[str(path[1]), endpoint] = name
            else:
                said = f"the environment variable '{name}' is not set"
                hint = f"set it, put it into .env, or write ${{{name}:-default}}"
                problems.append(Problem(*layers.locate(path), said, hint))
        return unset

    def _split(
        self, tree: Mapping[str, Any], layers: Layers, problems: list[Problem]
    ) -> tuple[dict[str, Any], dict[str, Spec]]:
        """The core's sections, and the plugins' checked by their specs."""
        core: dict[str, Any] = {}
        sections: dict[str, Spec] = {}
        for name, value in tree.items():
            if name in Root.model_fields:
                core[name] = value
                continue
            spec = self._sections.get(name)
            if spec is None:
                hint = near(name, self._sections.names()) or "no plugin has a section of that name"
                problems.append(Problem(*layers.locate((name,)), f"unknown section '{name}'", hint))
                continue
            checked, slips = validate(spec, {} if value is None else value, layers.locate, (name,))
            problems += slips
            if checked is not None:
                sections[name] = checked
        return core, sections


def load(
    config: Path | None = None,
    environment: str | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    sections: SectionRegistry | None = None,
    modules: ModuleFolders | None = None,
) -> Loaded:
    """Load a config once. Raises ConfigError with every problem.

    `config` is a folder or its base file; without it `./config`, else what ships. `environment`
    defaults to `$QUANTICITY_ENV`, else `demo`; `environ` to the process's own.
    """
    return Loader(config, environment, environ, sections=sections, modules=modules).load()


def transform_folders(location: Location) -> ModuleFolders:
    """`transforms/` beside the config, and what ships: the first has the say on a name."""
    return ModuleFolders([location.home / "transforms", shipped_home() / "transforms"])


def dotenv_files(location: Location) -> tuple[Path, ...]:
    """Where `.env` may stand: beside the config folder, and in it (which wins)."""
    return (location.home / ".env", location.folder / ".env")


def _hash(environment: str, layers: Layers) -> str:
    digest = xxhash.xxh3_64(environment.encode())
    for document in layers.documents:
        digest.update(f"{document.file}:{document.digest}".encode())
    return digest.hexdigest()


def _simulated(tree: Mapping[str, Any]) -> bool:
    simulation = tree.get("simulation")
    return isinstance(simulation, Mapping) and simulation.get("vendors") is True


def _token_names(root: Root) -> list[str]:
    return [name for source in root.data_sources.values() for name in source.auth.variables]


def _redacted(problem: Problem, secrets: Secrets) -> Problem:
    message, hint = secrets.redact(problem.message), secrets.redact(problem.hint)
    if (message, hint) == (problem.message, problem.hint):
        return problem
    return Problem(problem.file, problem.line, problem.column, message, hint, problem.severity)
