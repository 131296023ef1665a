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
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus, unquote_to_bytes

# Shorter than any secret that is masked, so that masking can only shorten a text and always ends.
MASK = "***"
SHORTEST_SECRET = 4
# Shorter ones are masked in small letters as well only where they are written so: some are words.
_NO_WORD = 8
# What we sent comes back as a text in JSON, which may be quoted in JSON once more.
_JSON_IN_JSON = 3
# What JSON need not escape, and some escape all the same: .NET a '+', Gson a '='.
_NEEDLESS = re.compile(rb"\\u00[2-7][0-9a-fA-F]")
_PERCENT = re.compile(rb"%[0-9a-fA-F]{2}")

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
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._escaped = Escaped(())

    def register(self, value: str) -> None:
        """Make `value` unshowable from now on; values under four characters are left alone."""
        with self._lock:
            self._forms.update(form for form in _forms(value) if len(form) >= SHORTEST_SECRET)
            # Longest first: a secret that contains another is masked whole.
            ordered = sorted(self._forms, key=len, reverse=True)
            if ordered:
                self._pattern = re.compile("|".join(re.escape(form) for form in ordered))
            self._values.add(value)
            self._escaped = Escaped(self._values)

    def redact(self, text: str) -> str:
        """`text` without any registered secret and without what looks like one.

        What UTF-8 cannot say, half a surrogate pair, is written out by its number.
        """
        if not text.isascii():
            text = text.encode("utf-8", "backslashreplace").decode()
        text = self._mask(text)
        for pattern, replacement in _SHAPES:
            text = pattern.sub(replacement, text)
        return self._mask(text)

    def _mask(self, text: str) -> str:
        pattern = self._pattern
        if pattern is None:
            return text
        text = self._escaped.mask(text)
        # A mask and its neighbours may themselves spell a secret.
        while (masked := pattern.sub(MASK, text)) != text:
            text = masked
        return text


def _forms(value: str) -> Iterator[str]:
    yield from written_forms(value)
    for plain in {value, value.strip()}:
        if len(plain) >= SHORTEST_SECRET:
            yield from _base64_cores(_bytes(plain))
        if len(plain) >= _NO_WORD:
            yield plain.lower()  # in the name of a host


def written_forms(value: str) -> frozenset[str]:
    """How `value` may stand in JSON, HTML and addresses; without those under four characters."""
    return frozenset(form for form in _written(value) if len(form) >= SHORTEST_SECRET)


class Escaped:
    """Finds `values` in texts whose writer escapes whatever it likes, and in which case it likes.

    In JSON .NET escapes a '+', and in an address nearly everybody has a choice of their own.
    """

    def __init__(self, values: Iterable[str]) -> None:
        plain = {
            text
            for value in values
            for text in (value, value.strip())
            if len(text) >= SHORTEST_SECRET
        }
        ordered = sorted(plain, key=len, reverse=True)
        pattern = "|".join("".join(map(_however_escaped, text)) for text in ordered)
        self._text = re.compile(pattern) if plain else None
        self._bytes = re.compile(_bytes(pattern))
        self._plain = tuple(_alike(_bytes(text)) for text in ordered)
        self._with_percent = any(b"%" in text for text in self._plain)

    def mask(self, text: str) -> str:
        """`text` without any of them."""
        if self._text is None or ("%" not in text and "\\" not in text):
            return text
        return self._text.sub(MASK, text) if self._may_be_in(_bytes(text)) else text

    def mask_bytes(self, body: bytes) -> bytes:
        """The same for UTF-8."""
        if self._text is None or not self._may_be_in(body):
            return body
        return self._bytes.sub(MASK.encode(), body)

    def _may_be_in(self, body: bytes) -> bool:
        # The patterns are slow, for they begin with no character in particular.
        # Most bodies have neither, and to look for one byte takes a tenth of the time.
        if b"\\" in body and _NEEDLESS.search(body):
            return True
        if b"%" not in body or not _PERCENT.search(body):
            return False
        # What is decoded whole tells nothing of a value that has a '%' of its own, left as it is.
        decoded = _alike(unquote_to_bytes(body.replace(b"\\/", b"/")))
        return self._with_percent or any(text in decoded for text in self._plain)


def _alike(text: bytes) -> bytes:
    return text.replace(b"+", b" ")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _however_escaped(character: str) -> str:
    in_json = json.dumps(character, ensure_ascii=False)[1:-1]
    forms = [re.escape(text) for text in dict.fromkeys((in_json, character))]
    if ord(character) <= 0xFFFF:
        forms.append(rf"\\u(?i:{ord(character):04x})")
    if character == "/":
        forms.append(r"\\/")
    if character == " ":
        forms.append(r"\+")
    forms.append("".join(f"%(?i:{byte:02x})" for byte in _bytes(character)))
    return f"(?:{'|'.join(forms)})"


def _written(value: str) -> Iterator[str]:
    for plain in {value, value.strip()}:
        if len(plain) < SHORTEST_SECRET:
            continue
        yield plain
        yield json.dumps(plain)[1:-1]
        # Some vendors' JSON escapes slashes.
        yield json.dumps(plain)[1:-1].replace("/", "\\/")
        within = plain
        for _ in range(_JSON_IN_JSON):
            within = json.dumps(within, ensure_ascii=False)[1:-1]
            yield within
        yield repr(plain)[1:-1]
        yield html.escape(plain)
        raw = _bytes(plain)
        ours = quote(raw, safe=",:@!*()'~-._")  # as `feeds/request.py` does
        for coded in (quote(raw), quote(raw, safe=""), quote_plus(raw), ours):
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

    A registered value is masked as it stands, in small letters as in the name of a host, and in its
    URL, JSON, HTML, `repr` and base64 forms.
    Beside those, what stands where a secret would (`token=`, `apikey=`, `Bearer`, a password in
    a URL) is masked, though nobody registered it.
    """
    return _redactor.redact(text)
