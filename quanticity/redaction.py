"""The one place that knows what must never be shown, and masks it.

Every secret that is read from a config or the environment is handed to `register_secret` at once.
All that the program writes for people (log lines, tables, `config show`, error texts) passes
through `redact`.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

# Shorter than any secret that is masked, so that masking can only shorten a text and always ends.
MASK = "***"
SHORTEST_SECRET = 4
# What JSON need not escape, and some escape all the same: .NET a '+', Gson a '='.
NEEDLESS_ESCAPE = re.compile(r"\\u00[2-7][0-9a-fA-F]")

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
        self._escaped: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._any_escape: re.Pattern[str] | None = None

    def register(self, value: str) -> None:
        """Make `value` unshowable from now on; values under four characters are left alone."""
        with self._lock:
            self._forms.update(form for form in _forms(value) if len(form) >= SHORTEST_SECRET)
            # Longest first: a secret that contains another is masked whole.
            ordered = sorted(self._forms, key=len, reverse=True)
            if ordered:
                self._pattern = re.compile("|".join(re.escape(form) for form in ordered))
            self._escaped.update(escaped_forms(value))
            if self._escaped:
                longest = sorted(self._escaped, key=len, reverse=True)
                self._any_escape = re.compile("|".join(longest))

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
        if self._any_escape is not None and NEEDLESS_ESCAPE.search(text):
            text = self._any_escape.sub(MASK, text)
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


def escaped_forms(value: str) -> frozenset[str]:
    """Patterns of `value` in JSON whose writer escapes whatever it likes, as .NET does a '+'."""
    plain = {text for text in (value, value.strip()) if len(text) >= SHORTEST_SECRET}
    return frozenset("".join(map(_however_escaped, text)) for text in plain)


def _however_escaped(character: str) -> str:
    forms = [re.escape(json.dumps(character, ensure_ascii=False)[1:-1])]
    if ord(character) <= 0xFFFF:
        forms.append(rf"\\u(?i:{ord(character):04x})")
    if character == "/":
        forms.append(r"\\/")
    return f"(?:{'|'.join(forms)})"


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
