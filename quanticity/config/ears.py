"""Events of the file system, for whoever waits for an edit.

Apart from `watched`, for a command that runs once listens to nothing.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from quanticity.config.watched import Watched

# Not opening and not closing after a read: a load would wake the watcher that called for it.
_TELLING: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    FileClosedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]

Touched = Callable[[str, str], None]
"""(kind of event, path), from a thread of watchdog's own."""


class _NotAtTheEnd(logging.Filter):
    """Drops what watchdog calls an error: being stopped while it waits, which is how it stops."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "when the thread is inactive" not in record.getMessage()


_NOT_AT_THE_END = _NotAtTheEnd()


class Ears(FileSystemEventHandler):
    """watchdog's observer, listening at folders that may be replaced while it listens."""

    def __init__(self, watched: Watched, touched: Touched) -> None:
        self._watched = watched
        self._touched = touched
        self._observer = Observer()
        self._places: dict[Path, tuple[bool, int]] = {}

    def start(self) -> None:
        """Begin. Raises OSError where the system gives no more watches."""
        logging.getLogger("watchdog.observers.inotify").addFilter(_NOT_AT_THE_END)
        # A folder that appears with others in it: watchdog meets those twice, and says so.
        warnings.filterwarnings(
            "ignore", "Callback with id .* already exists", RuntimeWarning, r"watchdog\."
        )
        self._observer.start()
        self.move()

    def move(self) -> bool:
        """Listen anew where a folder is no longer the one it was; True where one was not.

        What happens between the old listening and the new is told by nobody.
        """
        places = self._watched.places()
        if places == self._places:
            return False
        self._observer.unschedule_all()
        self._places = {}
        for folder, (recursive, _) in places.items():
            # By its real name: a link that now leads elsewhere is another folder.
            self._observer.schedule(
                self, os.path.realpath(folder), recursive=recursive, event_filter=_TELLING
            )
        self._places = places
        return True

    def stop(self) -> None:
        """Stop listening; returns when the observer's threads have ended."""
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called by watchdog in its thread."""
        for given in {event.src_path, event.dest_path}:
            path = os.fsdecode(given)
            if path and self._watched.concerns(path, event.is_directory):
                self._touched("folder" if event.is_directory else event.event_type, path)
