"""Logging, with nothing in it that must not be shown.

Modules log with `from quanticity.logs import logger`, which redacts even before `configure` was
called. `redaction` knows what is masked.
"""

from __future__ import annotations

import contextlib
import json
import logging
import logging.handlers
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypedDict

from loguru import logger

from quanticity.redaction import redact, register_secret

if TYPE_CHECKING:
    from loguru import Message, Record

__all__ = [
    "configure",
    "file_only",
    "format_exception",
    "let_go",
    "logger",
    "redact",
    "register_secret",
]


class _Plain(TypedDict):
    colorize: bool
    backtrace: bool
    diagnose: bool


# Fields of a line that are not shown: its finished text, and that it is for the file only.
_LINE, _FILE_ONLY = "_line", "_file_only"
_LOG_FILE_BYTES = 10_000_000
_LOG_FILES_KEPT = 5
# The file in use, where there is one.
_sinks: list[_FileSink] = []
_PLAIN: _Plain = {"colorize": False, "backtrace": False, "diagnose": False}


def format_exception(error: BaseException) -> str:
    """The traceback of `error` as Python prints it, redacted; never shows variables' values."""
    return redact("".join(traceback.format_exception(error)).rstrip("\n"))


def configure(
    level: str = "INFO",
    *,
    json: bool = False,
    file: Path | None = None,
    terminal: bool = True,
    held: bool = False,
) -> None:
    """Send log lines of `level` and above to standard error, and to `file` where one is given.

    `json` writes one object a line. `terminal=False` keeps standard error free, as for the live
    table. The file has INFO too, whatever `level` says; it is readable by its owner only and is
    rotated at 10 MB, five kept. `held` keeps its lines back until `let_go`. Lines of the standard
    `logging` and of uncaught exceptions go the same way. May be called again.
    """
    form = _as_json if json else _as_text
    logger.remove()
    if terminal:
        logger.add(_write_to_stderr, level=level, format=form, filter=_is_for_all, **_PLAIN)
    if file is not None:
        least = min(level, "INFO", key=lambda name: logger.level(name).no)
        sink = _FileSink(file, held=held)
        _sinks[:] = [sink]
        logger.add(sink, level=least, format=form, **_PLAIN)
    logging.basicConfig(handlers=[_FromLogging()], level=logging.WARNING, force=True)
    sys.excepthook = _log_uncaught


def let_go(*, keep: bool = True) -> None:
    """Write what a held file was kept from, or (`keep=False`) never; lines that follow go on."""
    for sink in _sinks:
        sink.let_go(keep=keep)


def _write_to_stderr(line: str) -> None:
    stream = sys.stderr
    try:
        stream.write(line)
    except (OSError, ValueError):
        # The terminal is gone. Raising would make loguru print the record, unredacted.
        return


class _Rotating(logging.handlers.RotatingFileHandler):
    """logging's own, which would print a traceback for each line that a full disk refuses."""

    refused = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """The line goes where a person may still see it; of those seen elsewhere, the first."""
        if self.refused and getattr(record, _FILE_ONLY):
            return
        self.refused = True
        _write_to_stderr(
            f"{record.getMessage()} [not in {Path(self.baseFilename).name}: {sys.exception()}]\n"
        )


class _FileSink:
    """A rotating file. A full disk is told on standard error, with the redacted line only."""

    def __init__(self, file: Path, *, held: bool) -> None:
        self._held: list[logging.LogRecord] | None = [] if held else None
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600, exist_ok=True)
        self._handler = _Rotating(
            file, maxBytes=_LOG_FILE_BYTES, backupCount=_LOG_FILES_KEPT, encoding="utf-8"
        )

    def write(self, line: Message) -> None:
        """Add one finished line."""
        record = logging.LogRecord("", 0, "", 0, line.rstrip("\n"), None, None)
        setattr(record, _FILE_ONLY, _FILE_ONLY in line.record["extra"])
        if self._held is None:
            self._handler.emit(record)
        else:
            self._held.append(record)

    def let_go(self, *, keep: bool) -> None:
        """Write the lines that were held, or forget them."""
        held, self._held = self._held or (), None
        for record in held if keep else ():
            self._handler.emit(record)

    def stop(self) -> None:
        """Close the file; loguru calls this when the sink is removed."""
        with contextlib.suppress(OSError):  # what a full disk refused was told when it was written
            self._handler.close()


def _as_text(record: Record) -> str:
    line = f"{record['time']:YYYY-MM-DD HH:mm:ss.SSS} {record['level'].name:<8} {record['message']}"
    fields = " ".join(f"{name}={value}" for name, value in _fields(record))
    if fields:
        line = f"{line} [{fields}]"
    return _finish(record, redact(line), _traceback_of(record))


def _as_json(record: Record) -> str:
    shown: dict[str, Any] = {
        "time": record["time"].isoformat(),
        "level": record["level"].name,
        "module": record["name"],
        "message": redact(record["message"]),
    }
    for name, value in _fields(record):
        shown[name] = redact(value) if isinstance(value, str) else value
    if trace := _traceback_of(record):
        shown["exception"] = trace
    return _finish(record, redact(json.dumps(shown, default=str, ensure_ascii=False)), "")


file_only = logger.bind(**{_FILE_ONLY: True})
"""Logs what a person is told elsewhere: into the file, and not again on the terminal."""


def _is_for_all(record: Record) -> bool:
    return _FILE_ONLY not in record["extra"]


def _fields(record: Record) -> list[tuple[str, Any]]:
    """What whoever logged bound to the line."""
    return [field for field in record["extra"].items() if field[0] not in (_LINE, _FILE_ONLY)]


def _finish(record: Record, line: str, trace: str) -> str:
    # loguru formats what is returned: the finished line travels beside it, out of its reach.
    record["extra"][_LINE] = f"{line}\n{trace}" if trace else line
    return f"{{extra[{_LINE}]}}\n"


def _traceback_of(record: Record) -> str:
    raised = record["exception"]
    if raised is None or raised.value is None:
        return ""
    return format_exception(raised.value)


class _FromLogging(logging.Handler):
    """Hands lines of the standard `logging` (asyncio, aiohttp) to the redacting logger."""

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname if record.levelname in _LEVELS else "WARNING"
        logger.opt(exception=record.exc_info).log(level, "{}", record.getMessage())


_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _write_to_stderr(redact("".join(traceback.format_exception(kind, error, trace))))


# loguru's own handler shows variables in tracebacks: it never gets to write.
logger.remove()
logger.add(_write_to_stderr, level="WARNING", format=_as_text, **_PLAIN)
