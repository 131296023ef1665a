"""Files that edges leave for people and other programs: one folder of the data directory."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]*")


class Folder:
    """A `component.Files` in a folder of its own, which is made when it is first needed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str) -> str:
        """Put a file there, whole or not at all; its path. ValueError where `name` is a path."""
        file = self.path / proper(name)
        self.path.mkdir(parents=True, exist_ok=True)
        number, draft = tempfile.mkstemp(dir=self.path, prefix=f".{name}.")
        try:
            with os.fdopen(number, "w", encoding="utf-8") as out:
                out.write(text)
            # Made for its owner alone; a file of results may be read like any other.
            Path(draft).chmod(0o644)
            Path(draft).replace(file)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
        return str(file)


class NoFolder:
    """A `component.Files` for where there is no data directory: nothing can be written."""

    def write(self, name: str, text: str) -> str:
        """OSError, always."""
        raise OSError(f"there is no data directory for {name}, {len(text):,} characters")


def proper(name: str) -> str:
    """`name` where it is the name of one file. ValueError otherwise."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"'{name}' is no name of a file: letters, digits, _ . and - without a path"
        )
    return name
