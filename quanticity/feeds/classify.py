"""What an answer means: a value, a refusal, a limit, or nothing there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from quanticity.config.schema.endpoint import BodyError, Endpoint
from quanticity.config.schema.limits import BodyLimit
from quanticity.config.schema.source import Source
from quanticity.errors import BadBody, FetchError, RateLimited, VendorRefused
from quanticity.expressions import Expression, TakesTooLong
from quanticity.feeds.http import Answer
from quanticity.feeds.json_text import looks_like_html
from quanticity.feeds.limits import LimitHeaders, retry_after
from quanticity.feeds.message import said
from quanticity.feeds.paths import MISSING, first
from quanticity.pace.ports import Word

_DAILY = re.compile(r"daily|per[ _-]?day|day limit|24 ?h", re.IGNORECASE)
_CONCURRENT = re.compile(r"concurren|simultaneous|in[ -]flight|parallel", re.IGNORECASE)
_TOO_FAST_PAGE = re.compile(r"rate threshold|rate limit|too many requests", re.IGNORECASE)
_BLOCKED_FOR = 600.0
_CONCURRENT_WAIT = 1.0
_SHORTEST_WAIT = 1.0
_RETRYABLE = frozenset({408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524})


class NothingThere(FetchError):
    """The vendor says that there is nothing now: no failure, and nothing to store."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why an answer is no value, and what it says of the limits."""

    error: FetchError
    word: Word | None = None


class Classifier:
    """Reads the answers of one endpoint."""

    __slots__ = ("_default_wait", "_errors", "_limits", "_variables", "headers")

    def __init__(self, source: Source, endpoint: Endpoint) -> None:
        self.headers = LimitHeaders(source.rate_limits.headers)
        self._limits = [
            (limit, _pattern(limit.matches)) for limit in source.rate_limits.body_limits
        ]
        self._errors = [
            (error, _pattern(error.matches)) for error in (*endpoint.errors, *source.errors)
        ]
        self._variables = source.auth.variables
        lengths = [window.length for window in source.rate_limits.all_windows()]
        self._default_wait = max((length for length in lengths if length <= 60), default=60.0)

    @property
    def reads_bodies(self) -> bool:
        """Whether good bodies have to be decoded to know that they are good."""
        return bool(self._errors or self._limits)

    def of_status(self, answer: Answer, payload: Any, now: float) -> Verdict:
        """What an answer without a 2xx status means. `payload` is its body where it is JSON."""
        verdict = self._of_status(answer, payload, now)
        asked = retry_after(answer.headers, now)
        return _no_sooner(verdict, asked) if asked else verdict

    def _of_status(self, answer: Answer, payload: Any, now: float) -> Verdict:
        status = answer.status
        text = said(answer.body, payload)
        try:
            if payload is not MISSING and (limit := self._limit(payload, status)):
                return limit
        except TakesTooLong as error:
            # The status alone says what to do, and the person what to write.
            text = f"{error}; {text}"
        if status == 429:
            return self._too_many(answer, text, now)
        if status in _RETRYABLE and (wait := retry_after(answer.headers, now)):
            busy = f"the vendor is busy (503){_colon(text)}"
            return _wait(busy if status == 503 else self._told(status, text), status, wait)
        if status == 403 and looks_like_html(answer.body):
            if _TOO_FAST_PAGE.search(answer.body[:20_000].decode("utf-8", "replace")):
                wait = retry_after(answer.headers, now) or _BLOCKED_FOR
                return _wait(f"blocked for asking too fast (403){_colon(text)}", status, wait)
            text = (
                f"a web page, not the vendor's own answer{_colon(text)}; often a block by address"
            )
        retryable = status in _RETRYABLE
        return Verdict(VendorRefused(self._told(status, text), status=status, retryable=retryable))

    def of_body(self, payload: Any) -> Verdict | None:
        """What hides in a body of a 2xx status, where YAML says so; None where it is a value.

        BadBody where one of its patterns takes too long: a refusal must not be stored as a value.
        """
        try:
            return self._of_body(payload)
        except TakesTooLong as error:
            raise BadBody(f"whether the body is a value is not known: {error}") from None

    def _of_body(self, payload: Any) -> Verdict | None:
        if self._limits and (limited := self._limit(payload, 200)):
            return limited
        for error, pattern in self._errors:
            found = first(payload, error.path)
            if found is not MISSING and _applies(error, pattern, found):
                return Verdict(_hidden(error, said(b"", found)))
        return None

    def _limit(self, payload: Any, status: int) -> Verdict | None:
        for limit, pattern in self._limits:
            found = _text_at(payload, limit.path)
            if found is not None and (pattern is None or _found(pattern, found)):
                return self._limited(limit, found, status)
        return None

    def _limited(self, limit: BodyLimit, found: str, status: int) -> Verdict:
        text = f"the vendor's limit is reached: {said(b'', found)}"
        if limit.until == "day":
            return _until_day_reset(text, status)
        return _wait(text, status, limit.wait_seconds or self._default_wait)

    def _too_many(self, answer: Answer, text: str, now: float) -> Verdict:
        if _DAILY.search(text):
            return _until_day_reset(f"the day's limit is reached (429){_colon(text)}", 429)
        wait = retry_after(answer.headers, now)
        if _CONCURRENT.search(text):
            wait = max(wait or 0.0, _CONCURRENT_WAIT)
            error = RateLimited(
                f"too many at once (429){_colon(text)}", status=429, retry_after=wait
            )
            return Verdict(error, Word(wait=wait, in_flight=True))
        if wait is None:
            wait = self.headers.reset_in(answer.headers, now)
        if wait is None:
            wait = self._default_wait
        return _wait(f"too many requests (429){_colon(text)}", 429, wait)

    def _told(self, status: int, text: str) -> str:
        if status == 401:
            variables = " and ".join(self._variables)
            unnamed = "it wants a key, and auth names none: check headers and address"
            hint = f"check {variables}" if variables else unnamed
            return f"the vendor does not know us (401){_colon(text)}; {hint}"
        meanings = {
            402: "the plan does not cover this (402)",
            403: "the vendor refuses (403)",
            404: "not found (404): an unknown symbol, or a wrong path",
            410: "gone for good (410)",
            406: "the vendor cannot answer as asked (406)",
            422: "the vendor refuses a parameter (422)",
            400: "the vendor refuses the request (400)",
        }
        if status == 304:
            return "not modified (304), the vendor says, but there is no value that stays as it is"
        if 300 <= status < 400:
            return f"a redirect without a place to go ({status})"
        kind = "the vendor failed" if status >= 500 else "the vendor refuses"
        return meanings.get(status, f"{kind} ({status})") + _colon(text)


def _wait(text: str, status: int, wait: float) -> Verdict:
    # Zero would have the whole budget run into the same answer again.
    held = max(wait, _SHORTEST_WAIT)
    return Verdict(RateLimited(text, status=status, retry_after=wait), Word(wait=held))


def _no_sooner(verdict: Verdict, asked: float) -> Verdict:
    """The verdict, and what the same answer asks for in `Retry-After` (s): both hold."""
    error, word = verdict.error, verdict.word or Word()
    if isinstance(error, RateLimited) and error.retry_after is not None:
        error.retry_after = max(error.retry_after, asked)
    return Verdict(error, replace(word, wait=max(word.wait or _SHORTEST_WAIT, asked)))


def _until_day_reset(text: str, status: int) -> Verdict:
    error = RateLimited(text, status=status)
    error.retryable = False
    return Verdict(error, Word(until_day_reset=True))


def _hidden(error: BodyError, found: str) -> FetchError:
    text = f"{error.say}: {found}" if error.say and found else error.say or found
    text = text or f"the body holds '{error.path}'"
    if error.kind == "no_data":
        return NothingThere(text, status=200)
    return VendorRefused(f"the vendor refuses: {text}", status=200, retryable=error.kind == "retry")


def _applies(error: BodyError, pattern: Expression | None, found: Any) -> bool:
    if error.equals is not None:
        return bool(found == error.equals)
    if error.not_equals is not None:
        return bool(found != error.not_equals)
    if pattern is not None:
        return found is not None and _found(pattern, _plain(found))
    # Many write `"error": false`, or a code of 0, into every body that is good.
    return found not in (None, False, "", [], {})


def _plain(found: Any) -> str:
    return " ".join(map(str, found)) if isinstance(found, list) else str(found)


def _text_at(payload: Any, path: str) -> str | None:
    found = first(payload, path)
    return _plain(found) if isinstance(found, (str, list)) and found else None


def _pattern(matches: str | None) -> Expression | None:
    return Expression(matches, re.IGNORECASE) if matches else None


def _found(pattern: Expression, text: str) -> bool:
    pattern.begin()
    return pattern.search(text)


def _colon(text: str) -> str:
    return f": {text}" if text else ""
