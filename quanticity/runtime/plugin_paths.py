"""Where plugins lie: files and packages below a folder, and what they consist of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".py", ".yaml")
"""Of these files a package consists; a change of one is a change of the plugin."""


def plugin_paths(folder: Path) -> Iterator[Path]:
    """Files and packages below a folder, by name; what begins with `_` or `.` is left out."""
    yield from _below(folder, frozenset())


def _below(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    real = folder.resolve() if folder.is_dir() else None
    # A link to a folder above it would lead round in circles.
    if real is None or real in above:
        return
    try:
        listed = sorted(folder.iterdir())
    except FileNotFoundError:
        return  # taken away since it was looked at
    for path in listed:
        if path.name.startswith(("_", ".")):
            continue
        if path.is_dir():
            if (path / "__init__.py").is_file():
                yield path
            else:
                yield from _below(path, above | {real})
        elif path.suffix == ".py" and path.is_file():
            yield path


def bytes_of(path: Path) -> bytes:
    """What a plugin consists of: of a package, all of its Python files, and tables beside them."""
    if not path.is_dir():
        return path.read_bytes()
    files = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    return b"\0".join(file.name.encode() + b"\0" + file.read_bytes() for file in files)
