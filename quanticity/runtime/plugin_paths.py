"""Where plugins lie: files and packages below a folder, and what they consist of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from quanticity.plain_file import read_plain

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
        elif path.suffix == ".py" and path.exists():
            # What is no plain file is told as one that cannot be read: it does not just vanish.
            yield path


def bytes_of(path: Path) -> bytes:
    """What a plugin consists of: of a package, all of its Python files, and tables beside them."""
    if not path.is_dir():
        return read_plain(path)
    files = (file for suffix in SUFFIXES for file in files_of(path, suffix))
    return b"\0".join(file.name.encode() + b"\0" + read_plain(file) for file in sorted(files))


def files_of(package: Path, suffix: str) -> Iterator[Path]:
    """The files of a package with that suffix, by name; an editor's link to nothing is none."""
    for file in sorted(package.rglob(f"*{suffix}")):
        if file.exists() and not file.is_dir():
            yield file
