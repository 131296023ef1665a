"""Logging, and the one place that knows what must never be shown.

Every secret that is read from a config or the environment is handed to `register_secret` at once.
All that the program writes for people (log lines, tables, `config show`, error texts) passes
through `redact`. Modules log with `from quanticity.logs import logger`, which redacts even before
`configure` was called.
"""

from __future__ import annotations

import base64
import contextlib
import html
import json
import logging
import logging.handlers
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import quote, quote_plus

from loguru import logger

if TYPE_CHECKING:
    from loguru import Record

__all__ = [
    "MASK",
    "Redactor",
    "configure",
    "format_exception",
    "logger",
    "redact",
    "register_secret",
]


class _Plain(TypedDict):
    colorize: bool
    backtrace: bool
    diagnose: bool


# Shorter than any secret that is masked, so that masking can only shorten a text and always ends.
MASK = "***"
SHORTEST_SECRET = 4

_LOG_FILE_BYTES = 10_000_000
_LOG_FILES_KEPT = 5
_PLAIN: _Plain = {"colorize": False, "backtrace": False, "diagnose": False}

_NAMES = (
    r"(?:api|access|auth|refresh|client)?[_-]?(?:token|secret)|x?-?api[_-]?key"
    r"|passw(?:or)?d|authorization"
)
# A reference such as ${UW_TOKEN} names a secret and is none.
_VALUE = r"(?!\$\{)[^\s&\"'<>,;)}\]\\]+"
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"(?i)\b((?:{_NAMES})=[\"']?)(?!(?:bearer|basic)\b){_VALUE}"), rf"\1{MASK}"),
    (re.compile(rf"(?i)([?&](?:key|{_NAMES})=){_VALUE}"), rf"\1{MASK}"),
    (re.compile(rf"(?i)([\"'](?:{_NAMES})[\"']\s*:\s*[\"'])(?!\$\{{)[^\"'\\]+"), rf"\1{MASK}"),
    (
        re.compile(r"(?i)\b((?:bearer|basic)\s+)(?=\S*[\d=.])(?!\$\{)[\w.~+/=-]{8,}"),
        rf"\1{MASK}",
    ),
    (
        re.compile(rf"(?i)\b((?:authorization|x-api-key):\s*(?:bearer\s+|basic\s+)?){_VALUE}"),
        rf"\1{MASK}",
    ),
    (re.compile(rf"(?i)(\bAPI key as ){_VALUE}"), rf"\1{MASK}"),
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)"), rf"\1{MASK}"),
)


class Redactor:
    """The registered values in every form that they may take in a text, and their masking."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def register(self, value: str) -> None:
        """Make `value` unshowable from now on; values under four characters are left alone."""
        with self._lock:
            self._forms.update(form for form in _forms(value) if len(form) >= SHORTEST_SECRET)
            # Longest first: a secret that contains another is masked whole.
            ordered = sorted(self._forms, key=len, reverse=True)
            if ordered:
                self._pattern = re.compile("|".join(re.escape(form) for form in ordered))

    def redact(self, text: str) -> str:
        """`text` without any registered secret and without what looks like one."""
        text = self._mask(text)
        for pattern, replacement in _SHAPES:
            text = pattern.sub(replacement, text)
        return self._mask(text)

    def _mask(self, text: str) -> str:
        pattern = self._pattern
        if pattern is None:
            return text
        # A mask and its neighbours may themselves spell a secret.
        while (masked := pattern.sub(MASK, text)) != text:
            text = masked
        return text


def _forms(value: str) -> Iterator[str]:
    yield from written_forms(value)
    for plain in {value, value.strip()}:
        if len(plain) >= SHORTEST_SECRET:
            yield from _base64_cores(plain.encode("utf-8", "surrogatepass"))


def written_forms(value: str) -> frozenset[str]:
    """How `value` may stand in JSON, HTML and addresses; without those under four characters."""
    return frozenset(form for form in _written(value) if len(form) >= SHORTEST_SECRET)


def _written(value: str) -> Iterator[str]:
    for plain in {value, value.strip()}:
        if len(plain) < SHORTEST_SECRET:
            continue
        yield plain
        yield json.dumps(plain)[1:-1]
        # Some vendors' JSON escapes slashes.
        yield json.dumps(plain)[1:-1].replace("/", "\\/")
        yield json.dumps(plain, ensure_ascii=False)[1:-1]
        yield repr(plain)[1:-1]
        yield html.escape(plain)
        ours = quote(plain, safe=",:@!*()'~-._")  # as `feeds/request.py` does
        for coded in (quote(plain), quote(plain, safe=""), quote_plus(plain), ours):
            yield coded
            yield re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), coded)


def _base64_cores(value: bytes) -> Iterator[str]:
    """The characters that base64 gives for `value` wherever it lies in a longer text."""
    for offset in range(3):
        coded = base64.b64encode(bytes(offset) + value).decode()
        first, last = -(-8 * offset // 6), 8 * (offset + len(value)) // 6
        core = coded[first:last]
        yield core
        yield core.replace("+", "-").replace("/", "_")


_redactor = Redactor()


def register_secret(value: str) -> None:
    """Make `value` unshowable from now on; values under four characters are left alone."""
    _redactor.register(value)


def redact(text: str) -> str:
    """`text` without any registered secret and without what looks like one.

    A registered value is masked as it stands, and in its URL, JSON, HTML, `repr` and base64 forms.
    Beside those, what stands where a secret would (`token=`, `apikey=`, `Bearer`, a password in
    a URL) is masked, though nobody registered it.
    """
    return _redactor.redact(text)


def format_exception(error: BaseException) -> str:
    """The traceback of `error` as Python prints it, redacted; never shows variables' values."""
    return redact("".join(traceback.format_exception(error)).rstrip("\n"))


def configure(
    level: str = "INFO",
    *,
    json: bool = False,
    file: Path | None = None,
    terminal: bool = True,
) -> None:
    """Send log lines of `level` and above to standard error, and to `file` where one is given.

    `json` writes one object a line. `terminal=False` keeps standard error free, as for the live
    table. The file is readable by its owner only and is rotated at 10 MB, five kept. Lines of the
    standard `logging` and of uncaught exceptions go the same way. May be called again.
    """
    form = _as_json if json else _as_text
    logger.remove()
    if terminal:
        logger.add(_write_to_stderr, level=level, format=form, **_PLAIN)
    if file is not None:
        logger.add(_FileSink(file), level=level, format=form, **_PLAIN)
    logging.basicConfig(handlers=[_FromLogging()], level=logging.WARNING, force=True)
    sys.excepthook = _log_uncaught


def _write_to_stderr(line: str) -> None:
    stream = sys.stderr
    try:
        stream.write(line)
    except (OSError, ValueError):
        # The terminal is gone. Raising would make loguru print the record, unredacted.
        return


class _Rotating(logging.handlers.RotatingFileHandler):
    """logging's own, which would print a traceback for each line that a full disk refuses."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """The line goes where a person may still see it."""
        _write_to_stderr(
            f"{record.getMessage()} [not in {Path(self.baseFilename).name}: {sys.exception()}]\n"
        )


class _FileSink:
    """A rotating file. A full disk is told on standard error, with the redacted line only."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600, exist_ok=True)
        self._handler = _Rotating(
            file, maxBytes=_LOG_FILE_BYTES, backupCount=_LOG_FILES_KEPT, encoding="utf-8"
        )

    def write(self, line: str) -> None:
        """Add one finished line."""
        self._handler.emit(logging.LogRecord("", 0, "", 0, line.rstrip("\n"), None, None))

    def stop(self) -> None:
        """Close the file; loguru calls this when the sink is removed."""
        with contextlib.suppress(OSError):  # what a full disk refused was told when it was written
            self._handler.close()


def _as_text(record: Record) -> str:
    line = f"{record['time']:YYYY-MM-DD HH:mm:ss.SSS} {record['level'].name:<8} {record['message']}"
    fields = " ".join(f"{name}={value}" for name, value in record["extra"].items() if name != _LINE)
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
    for name, value in record["extra"].items():
        if name != _LINE:
            shown[name] = redact(value) if isinstance(value, str) else value
    if trace := _traceback_of(record):
        shown["exception"] = trace
    return _finish(record, redact(json.dumps(shown, default=str, ensure_ascii=False)), "")


_LINE = "_line"


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
