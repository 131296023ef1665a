"""What the files of a config say together, before anything is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import xxhash

from quanticity.config.blocks import BlockReader
from quanticity.config.document import Document, parse, read
from quanticity.config.dotenv import read_dotenv
from quanticity.config.environ import Filled, fill
from quanticity.config.location import BUILT_IN, Location, check_environment
from quanticity.config.overlay import Layers, idle_removals, strays
from quanticity.config.presets import refrozen
from quanticity.config.schema import Root
from quanticity.config.schema.source import on_this_machine
from quanticity.config.secrets import SIMULATED, Secrets
from quanticity.errors import ConfigError, Problem, Severity


@dataclass(slots=True)
class Reading:
    """The layers, and their tree with references filled in.

    `unset` names a variable without value by (source, endpoint) whose text needs it, with an
    empty endpoint for the source as a whole.
    """

    layers: Layers
    values: Mapping[str, str]
    own: Mapping[str, str]
    filled: Filled
    simulated: bool
    unset: dict[tuple[str, str], str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def secrets(self, root: Root) -> Secrets:
        """The values behind it, of which `root` tells what are keys."""
        ours: set[str] = set()
        theirs: set[str] = set()
        for source in root.data_sources.values():
            tokens = ours if on_this_machine(source.base_url) else theirs
            tokens.update(source.auth.variables)
        return Secrets(
            self.values,
            ours | theirs,
            self.filled.used,
            own=self.own,
            simulated=self.simulated,
            sent=ours - theirs,
        )


class Files:
    """The files of one environment of a config, read again and again."""

    def __init__(self, location: Location, environment: str, environ: Mapping[str, str]) -> None:
        self.location = location
        self.environment = environment
        self._environ = environ
        self._blocks = BlockReader()
        # An overlay that was there holds what no other file says: the limits of a token, say.
        self._had_overlay = False

    def read(self) -> Reading:
        """Read all of them.

        Raises ConfigError where one cannot be read at all: nothing can be said of the rest then.
        """
        try:
            check_environment(self.location, self.environment)
            layers = Layers(self._documents())
        except OSError as error:
            # Of a folder that may not be looked into, nobody knows what is there.
            where = self.location.shown(Path(error.filename or self.location.folder))
            why = error.strerror or type(error).__name__
            raise ConfigError([Problem(where, 0, 0, f"cannot be read: {why}")]) from error
        problems = [problem for document in layers.documents for problem in document.problems]
        if any(not document.whole for document in layers.documents):
            raise ConfigError(problems)
        if not problems and not layers.documents[0].tree:
            # Often what a full disk or half a save left: no order to stop every feed.
            hint = "for a config without feeds write 'data_sources: {}'"
            problems.append(Problem(layers.documents[0].file, 1, 1, "the file is empty", hint))
            raise ConfigError(problems)
        *lower, overlay = layers.documents
        below = Layers(lower).tree
        problems += idle_removals(below, overlay)
        problems += strays(below, overlay)
        problems += refrozen(layers.documents)
        own: dict[str, str] = {}
        for file in dotenv_files(self.location):
            found, slips = read_dotenv(file)
            own |= found
            problems += slips
        values = {**own, **self._environ}
        simulated = _simulated(layers.tree)
        filled = Filled(layers.tree)
        if any(document.references for document in layers.documents):
            stand_in = SIMULATED if simulated else None
            filled = fill(layers.tree, values, stand_in, self._blocks.plain)
        reading = Reading(layers, values, own, filled, simulated, problems=problems)
        _judge(reading)
        return reading

    def _documents(self) -> list[Document]:
        location = self.location
        documents = [read(location.base, location.shown(location.base), self._blocks)]
        for section, files in (
            ("presets", location.presets()),
            ("strategies", location.strategies()),
        ):
            by_name: dict[str, str] = {}
            for file in files:
                shown = location.shown(file)
                document = read(file, shown)
                if section == "presets" and not (document.tree or document.problems):
                    # Half a save, as below: no order to run by the defaults.
                    hint = "for a preset without parameters write 'params: {}'"
                    empty = Problem(shown, 1, 1, "the file is empty", hint)
                    document = replace(document, problems=(empty,))
                document = document.under(section, file.stem)
                if (other := by_name.setdefault(file.stem, shown)) != shown:
                    said = f"'{file.stem}' is there already, as {other}"
                    slip = Problem(shown, 0, 0, said, "take one of the two away")
                    document = replace(document, problems=(*document.problems, slip))
                documents.append(document)
        overlay = location.overlay(self.environment)
        built_in = BUILT_IN.get(self.environment)
        if built_in is None or self._had_overlay or _is_there(overlay):
            documents.append(read(overlay, location.shown(overlay)))
            self._had_overlay |= documents[-1].whole
        else:
            documents.append(parse(built_in.encode(), f"(built-in {self.environment})"))
        return documents


def _is_there(file: Path) -> bool:
    """Whether anything has that name. Raises OSError where that cannot be told."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def dotenv_files(location: Location) -> tuple[Path, ...]:
    """Where `.env` may stand: beside the config folder, and in it (which wins)."""
    return (location.home / ".env", location.folder / ".env")


def hash_of(environment: str, documents: list[Document] | tuple[Document, ...]) -> str:
    """A hash (hex) of an environment's name and the bytes of its files."""
    digest = xxhash.xxh3_64(environment.encode())
    for document in documents:
        digest.update(f"{document.file}:{document.digest}".encode())
    return digest.hexdigest()


def without_follow_ups(problems: list[Problem]) -> list[Problem]:
    """Without what is only said because an overlay names a source or feed that is not there."""
    strange = {
        (problem.file, problem.line, problem.column)
        for problem in problems
        if problem.severity is Severity.ERROR and "below this overlay" in problem.message
    }
    return [
        problem
        for problem in problems
        if (problem.file, problem.line, problem.column) not in strange
        or "below this overlay" in problem.message
    ]


def _judge(reading: Reading) -> None:
    """Variables without a value: a source or endpoint that needs one is off, else an error."""
    locate, problems = reading.layers.locate, reading.problems
    for path in reading.filled.malformed:
        said = "'${' begins a reference that is not ${NAME} or ${NAME:-default}"
        problems.append(Problem(*locate(path), said, "write $${ for a plain ${"))
    for path, name in reading.filled.stood_for:
        # Keys and headers may be anything there; addresses may not.
        if path[-1] in ("path", "base_url"):
            said = f"the environment variable '{name}' is not set; in its place is '{SIMULATED}'"
            hint = f"set it, put it into .env, or write ${{{name}:-default}}"
            problems.append(Problem(*locate(path), said, hint, Severity.WARNING))
    for path, name in reading.filled.missing:
        if len(path) > 2 and path[0] == "data_sources":
            endpoint = str(path[3]) if path[2] == "endpoints" and len(path) > 3 else ""
            reading.unset[str(path[1]), endpoint] = name
        else:
            said = f"the environment variable '{name}' is not set"
            hint = f"set it, put it into .env, or write ${{{name}:-default}}"
            problems.append(Problem(*locate(path), said, hint))


def _simulated(tree: Mapping[str, Any]) -> bool:
    simulation = tree.get("simulation")
    return isinstance(simulation, Mapping) and simulation.get("vendors") is True
