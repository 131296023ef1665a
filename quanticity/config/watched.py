"""The files that a running system follows, and how a change of them is seen."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import xxhash

from quanticity.config.location import Location
from quanticity.plain_file import read_plain

_SUFFIXES = frozenset({".yaml", ".yml", ".json", ".py", ".env"})


class Watched:
    """Files of a config folder, of `.env` beside it, and of folders of modules."""

    def __init__(self, location: Location, folders: Iterable[Path]) -> None:
        self._location = location
        self._folders = tuple(folders)
        home = Path(os.path.realpath(location.home))
        self._tops = {home / folder.name for folder in (location.folder, *self._folders)}

    def files(self) -> Iterator[Path]:
        """Every file that a load may read."""
        seen: set[str] = set()
        for folder in (self._location.folder, *self._folders):
            for place, below, names in os.walk(folder, followlinks=True):
                real = os.path.realpath(place)
                if real in seen:
                    # A link to a folder above it would lead round in circles.
                    below.clear()
                    continue
                # A folder that k8s swaps (..2026_01_05) is seen through the links to it.
                below[:] = [name for name in below if not name.startswith((".", "__"))]
                seen.add(real)
                yield from (Path(place, name) for name in names if _wanted(name))
        beside = self._location.home / ".env"
        if os.path.isfile(beside):  # noqa: PTH113  # Path.is_file raises where it may not look
            yield beside

    def stats(self) -> dict[str, tuple[int, int, int, int]]:
        """What the file system says of each file, cheaply; it changes with any write."""
        found = {}
        for file in self.files():
            try:
                seen = file.stat()
            except OSError:
                continue
            found[str(file)] = (seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino)
        return found

    def digest(self) -> str:
        """A hash (hex) of every file's name and bytes."""
        whole = xxhash.xxh3_64()
        for file in sorted(self.files()):
            try:
                content = read_plain(file)
            except OSError:
                continue
            # The name of a file may be no UTF-8.
            whole.update(os.fsencode(file) + b"\0%d\0" % len(content))
            whole.update(content)
        return whole.hexdigest()

    def places(self) -> dict[Path, tuple[bool, int]]:
        """Folders to listen at: recursively or not, and the inode each has now.

        A file that is a link is followed to the folder of what it stands for, so that a write
        there is seen too. Where that lies in the config folder, as with k8s, it is listened at
        already: a swap of links is no reason to listen anew. The inode tells when a folder was
        replaced by another of its name.
        """
        found: dict[Path, tuple[bool, int]] = {}
        whole = Path(os.path.realpath(self._location.folder))
        wanted = [(self._location.folder, True), (self._location.home, False)]
        wanted += [(folder, False) for folder in self._folders]
        # realpath, because resolve raises for a link that leads to itself.
        # And os.path.islink, because Path.is_symlink raises where it may not look.
        links = (file for file in self.files() if os.path.islink(file))  # noqa: PTH114
        linked = {Path(os.path.realpath(file)).parent for file in links}
        elsewhere = (folder for folder in linked if not folder.is_relative_to(whole))
        wanted += [(folder, False) for folder in sorted(elsewhere)]
        for folder, recursive in wanted:
            try:
                inode = folder.stat().st_ino
            except OSError:
                continue
            found.setdefault(folder, (recursive, inode))
        return found

    def concerns(self, path: str, is_folder: bool) -> bool:
        """Whether something that happened at `path` may change what a load reads."""
        place, name = os.path.split(path)
        if place == os.path.realpath(self._location.home):
            return name == ".env" or Path(place, name) in self._tops
        return _wanted(name) or is_folder or name.startswith("..") or "." not in name


def _wanted(name: str) -> bool:
    return name == ".env" or (not name.startswith(".") and Path(name).suffix in _SUFFIXES)
