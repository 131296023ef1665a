"""Everything that Quanticity raises, and how a problem is told to a person.

    QuanticityError
    ├── ConfigError            one or more Problems in files a person wrote
    ├── StoreError
    │   ├── StoreUnavailable   the server cannot be reached now; the caller may keep and retry
    │   ├── StoreInUse         another run has the data folder
    │   └── KeyNotFound
    ├── FetchError             one fetch of one feed failed; `retryable` says whether again helps
    │   ├── TransportError     unreachable, TLS, time-out, dropped connection
    │   ├── VendorRefused      a status or a body that says no; permanent unless said otherwise
    │   ├── RateLimited        the vendor says wait; carries how long, where it said so
    │   └── BadBody            truncated, not the format, too large, too deep, not UTF-8
    ├── TransformError         a transform raised or returned what cannot be stored
    ├── ComponentError         a component broke its word; names component and key
    │   ├── UndeclaredRead     it asked for an input that it does not declare
    │   ├── UndeclaredWrite    it gave an output that it does not declare
    │   └── BadOutput          its output has the wrong shape, or cannot be stored
    ├── DeliveryError          a message did not go out; `again_in` says when to try again
    └── Cancelled              the person or the system asked to stop

Nothing here imports anything of Quanticity.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem matters: an error stops the config from being used."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in something a person wrote: what, where, what to do."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __post_init__(self) -> None:
        # Half a surrogate pair, out of a stranger's error or the name of a file, can be in a text,
        # but not in what is printed, stored or sent: status, `check` and the run would end of it.
        for name in ("file", "message", "hint"):
            text = getattr(self, name)
            if not text.isascii():
                object.__setattr__(self, name, text.encode("utf-8", "backslashreplace").decode())

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        word = "" if self.severity is Severity.ERROR else f"{self.severity.value}: "
        told = f"{place}: {word}{self.message}" if place else f"{word}{self.message}"
        return f"{told}; {self.hint}" if self.hint else told


def errors_of(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those that stop a config from being used: no warnings, no notes."""
    return tuple(one for one in problems if one.severity is Severity.ERROR)


def of_error(error: BaseException) -> str:
    """What an error says. A stranger's may have no words, or may not be asked for them."""
    try:
        return str(error)
    except Exception as worse:  # noqa: BLE001
        # Its own `__str__` raised: whoever tells of it counts the error itself.
        return f"it cannot be shown ({type(worse).__name__})"


def raised_by(error: BaseException) -> str:
    """`KeyError: 'n' (transforms/mine.py:8)`: what was raised, and in which line."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = "/".join(frame.filename.split("/")[-2:])
    return f"{type(error).__name__}: {of_error(error)} ({place}:{frame.lineno})"


class QuanticityError(Exception):
    """The root: catch this to catch all that Quanticity raises on purpose."""


class ConfigError(QuanticityError):
    """A config cannot be used. Carries every problem found, not the first one only."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StoreError(QuanticityError):
    """Something about the store."""


class StoreUnavailable(StoreError):
    """The server cannot be reached now. Nothing was lost by raising this."""


class NothingRuns(StoreUnavailable):
    """No server runs in a data folder, and none is to be started there."""


class StoreInUse(StoreError):
    """Another run has the data folder, and two would write the same keys."""


class KeyNotFound(StoreError):
    """No value is stored under a key."""


class FetchError(QuanticityError):
    """One fetch failed. `retryable` says whether the same request may succeed soon.

    `partly` where others of the same run did not: the vendor is well.
    """

    retryable = False
    partly = False

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class TransportError(FetchError):
    """The request or its answer was lost on the way. `sent`: it may have arrived all the same."""

    retryable = True
    sent = True


class VendorRefused(FetchError):
    """The vendor answered, and the answer is no."""

    def __init__(self, message: str, *, status: int | None = None, retryable: bool = False) -> None:
        super().__init__(message, status=status)
        self.retryable = retryable


class RateLimited(FetchError):
    """The vendor asks us to wait. `retry_after` is in seconds, None where it did not say."""

    retryable = True

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after


class BadBody(FetchError):
    """A body that is not what the endpoint promises to send."""

    def __init__(self, message: str, *, status: int | None = None, retryable: bool = False) -> None:
        super().__init__(message, status=status)
        self.retryable = retryable


class TransformError(QuanticityError):
    """A transform raised, or returned something that cannot be stored."""


class ComponentError(QuanticityError):
    """A component did what its declaration does not allow."""


class UndeclaredRead(ComponentError):
    """An input that was not declared, or a try to change one."""


class UndeclaredWrite(ComponentError):
    """An output that was not declared."""


class BadOutput(ComponentError):
    """An output of the wrong shape, or one that JSON cannot say."""


class DeliveryError(QuanticityError):
    """A message was not delivered.

    `again_in` (seconds) says when another try may help, None where none will. `unknown` says
    that it may have arrived all the same.
    """

    def __init__(
        self, message: str, *, again_in: float | None = None, unknown: bool = False
    ) -> None:
        super().__init__(message)
        self.again_in = again_in
        self.unknown = unknown


class Cancelled(QuanticityError):
    """Work was given up because a stop was asked for."""
