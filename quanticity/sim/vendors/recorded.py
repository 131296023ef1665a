"""Recorded bodies that stand in front of the simulated ones, as `recorded.yaml` maps them.

The bodies themselves are not ours to hand on: the folder is given, the mapping is shipped. A
request that no recording answers is answered by the simulation.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quanticity.config.document import read
from quanticity.errors import ConfigError
from quanticity.sim.vendors.recordings import RecordedMapping, Recording
from quanticity.sim.vendors.vendor import Answer, Request
from quanticity.spec import validate

MAPPING = Path(__file__).with_name("recorded.yaml")
_NO_BODIES = {"MANIFEST.md"}


@dataclass(frozen=True, slots=True)
class Played:
    """One recording and where it comes from."""

    name: str
    file: Path
    recording: Recording

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON as the vendor sends it."""
        return self.recording.type_of(self.file) == "application/json"

    def answer(self) -> Answer:
        """What goes back."""
        recording = self.recording
        return Answer(recording.body(self.file), recording.status, recording.type_of(self.file))


class Recorded:
    """The recorded bodies of one folder.

    `missing` are files that the mapping knows and the folder has not; `unlisted` are files of
    the folder that the mapping does not know. Raises ConfigError where the mapping is wrong.
    """

    def __init__(self, folder: Path, mapping: Path = MAPPING) -> None:
        self.folder = folder
        known = _load(mapping)
        there = {
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and path.name not in _NO_BODIES
        }
        self.missing = sorted(set(known.files) - there)
        self.unlisted = sorted(there - set(known.files))
        self.unmapped = {
            name: entry.unmapped for name, entry in known.files.items() if entry.unmapped
        }
        self.bodies: tuple[Played, ...] = tuple(
            Played(f"{name}#{number}" if len(entry.bodies) > 1 else name, folder / name, recording)
            for name, entry in known.files.items()
            if name in there
            for number, recording in enumerate(entry.bodies)
        )
        self._next: deque[Played] = deque()

    @property
    def successes(self) -> tuple[Played, ...]:
        """Bodies that are values."""
        return tuple(played for played in self.bodies if played.recording.error is None)

    @property
    def errors(self) -> tuple[Played, ...]:
        """Bodies that are errors."""
        return tuple(played for played in self.bodies if played.recording.error is not None)

    def play(self, played: Played, times: int = 1) -> None:
        """Answer the next `times` requests with this one, whatever they ask."""
        self._next.extend([played] * times)

    def stop(self) -> None:
        """Play nothing more that has not been asked for."""
        self._next.clear()

    def answer(self, vendor: str, request: Request) -> Answer | None:
        """The recorded answer to a request, or None where there is none.

        Errors are served only when played: a recording cannot know when it is due.
        """
        if self._next:
            return self._next.popleft().answer()
        query = {name: values[-1] for name, values in request.query.items()}
        for played in self.successes:
            if played.recording.matches(request.host, request.method, request.path, query):
                return played.answer()
        return None

    def describe(self) -> Iterator[str]:
        """A line for each file: what it answers, or why nothing."""
        for played in self.bodies:
            recording = played.recording
            what = f"error, {recording.error}" if recording.error else recording.answers
            yield f"{played.name}: {recording.endpoint}: {what}"
        for name, reason in self.unmapped.items():
            yield f"{name}: not mapped: {reason}"
        for name in self.unlisted:
            yield f"{name}: not mapped: {MAPPING.name} does not know this file"
        for name in self.missing:
            yield f"{name}: {MAPPING.name} knows it, it is not in {self.folder.name}"


def _load(mapping: Path) -> RecordedMapping:
    document = read(mapping)
    tree: Any = document.tree
    found, problems = validate(RecordedMapping, tree, document.locate)
    if found is None:
        raise ConfigError(problems)
    return found
