"""One YAML file: its values, and the line and column each of them was written at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import xxhash

from quanticity.config.blocks import BlockReader, Moved
from quanticity.config.compose import Place
from quanticity.errors import Problem
from quanticity.plain_file import LARGEST_BYTES, read_plain
from quanticity.spec import Path as TreePath


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says. `problems` are mistakes of YAML itself; `tree` holds what could be read.

    `locate` answers with (file, line, column), both counted from 1; of a mapping's entry it is
    the key's place. `digest` is the hex xxh3-64 of the file's bytes, and
    `references` says whether they hold a `${`. `whole` is False where it could not be read at all.
    `entry` is where it stands in a whole config, of a file that is one entry of a section.
    """

    file: str
    tree: Mapping[str, Any] = field(default_factory=dict)
    places: Place = (1, 1, None)
    problems: tuple[Problem, ...] = ()
    path: Path | None = None
    digest: str = ""
    references: bool = True
    whole: bool = True
    entry: tuple[str, ...] = ()

    def locate(self, path: TreePath) -> tuple[str, int, int]:
        """Where `path` is written, or the nearest thing above it."""
        (line, column), _ = self.find(path)
        return self.file, line, column

    def value(self, path: TreePath) -> Any:
        """What stands at `path`; None where nothing does."""
        here: Any = self.tree
        for part in path:
            if isinstance(here, Mapping):
                here = here.get(str(part))
            elif isinstance(here, list) and isinstance(part, int) and part < len(here):
                here = here[part]
            else:
                return None
        return here

    def under(self, *names: str) -> Document:
        """The same, as if it stood below these names of a whole config."""
        tree, places = self.tree, self.places
        for name in reversed(names):
            tree, places = {name: tree}, (1, 1, {name: places})
        return replace(self, tree=tree, places=places, entry=names)

    def find(self, path: TreePath) -> tuple[tuple[int, int], int]:
        """The place of `path` or of the nearest thing above it, and how many steps were found."""
        line, column, inside = self.places
        moved = 0
        for depth, part in enumerate(path):
            if isinstance(inside, Moved):
                moved, inside = inside.first - 1, inside.inside
            if isinstance(inside, dict) and part in inside:
                line, column, inside = inside[str(part)]
            elif isinstance(inside, list) and isinstance(part, int) and part < len(inside):
                line, column, inside = inside[part]
            else:
                return (line, column), depth
            line += moved
        return (line, column), len(path)


def parse(
    raw: bytes, file: str, path: Path | None = None, reader: BlockReader | None = None
) -> Document:
    """Read YAML. Never raises for what stands in it: see the document's `problems`.

    A `reader` that has read the file before reads anew only what changed.
    """
    digest = xxhash.xxh3_64_hexdigest(raw)
    text, problem = _decode(raw, file)
    if problem is not None:
        return Document(file, problems=(problem,), path=path, digest=digest, whole=False)
    tree, places, problems = (reader or BlockReader()).compose(text, file)
    if tree is None and not problems:
        tree = {}
    whole = isinstance(tree, dict)
    if not isinstance(tree, dict):
        if not problems:
            kind = "a list" if isinstance(tree, list) else "a single value"
            problems.append(
                Problem(file, 1, 1, f"the file is {kind}", "it should be a mapping: 'name: value'")
            )
        tree = {}
    return Document(file, tree, places, tuple(problems), path, digest, "${" in text, whole)


def read(path: Path, file: str | None = None, reader: BlockReader | None = None) -> Document:
    """Read a YAML file. What cannot be read is a problem of the document."""
    shown = file or path.name
    try:
        raw = read_plain(path)
    except OSError as error:
        why = error.strerror or type(error).__name__
        problem = Problem(shown, 0, 0, f"cannot be read: {why}")
        return Document(shown, problems=(problem,), path=path, whole=False)
    return parse(raw, shown, path, reader)


def _decode(raw: bytes, file: str) -> tuple[str, Problem | None]:
    if len(raw) > LARGEST_BYTES:
        said = f"the file has {len(raw):,} bytes; at most {LARGEST_BYTES:,} are read"
        return "", Problem(file, 0, 0, said)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "", Problem(file, 1, 1, "the file is UTF-16", "save it as UTF-8")
    try:
        return raw.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        byte = error.object[error.start]
        said = f"byte 0x{byte:02x} is not UTF-8"
        return "", Problem(file, line, column, said, "save the file as UTF-8")
