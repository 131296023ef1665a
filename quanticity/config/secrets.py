"""The values that may never be shown, and the one way to ask for them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote, urlsplit

from quanticity.logs import register_secret
from quanticity.redaction import written_forms

HIDDEN = "***"
SIMULATED = "simulated"
_SHORTEST = 4
_NEARLY = 0.85

_TELLING_NAME = re.compile(
    r"TOKEN|KEY|SECRET|PASS|PWD|CREDENTIAL|WEBHOOK|AUTH|COOKIE|SESSION", re.IGNORECASE
)
_PLAIN_VALUE = re.compile(r"(?i)true|false|yes|no|on|off|none|null|[-+]?\d{1,5}(\.\d+)?")


class Secrets:
    """The environment laid over `.env` (`own`), and which of its values are secret.

    `taken_in` are the secret ones of the values that `used` names, those of `${VAR}`.
    `tokens` are names that the config uses for keys (`token_env` and the like): their values are
    secret whatever they look like. So are values of names that tell (`..._KEY`), and what the
    config took in by `${VAR}` unless it is plainly harmless (a number, a yes). Of a URL only the
    user, the password and the query are secret. In a simulation `sent` are the tokens for servers
    of a person's own, which are asked as they are.
    """

    def __init__(
        self,
        values: Mapping[str, str],
        tokens: Iterable[str] = (),
        used: Iterable[str] = (),
        *,
        own: Mapping[str, str] | None = None,
        simulated: bool = False,
        sent: Iterable[str] = (),
    ) -> None:
        self._values = values
        self._own = own or {}
        self._sent = frozenset(sent)
        self.simulated = simulated
        self.tokens = frozenset(tokens)
        hidden: set[str] = set()
        for name in self.tokens:
            hidden.update(_whole(values.get(name, "")))
        self.taken_in = frozenset(
            part
            for name in used
            for part in (_secret_parts(name, values.get(name, "")) if not simulated else ())
        )
        for name in {*used, *(name for name in self._own if _TELLING_NAME.search(name))}:
            hidden.update(_secret_parts(name, values.get(name, "")))
        self._hidden = frozenset(hidden)
        # In an address they stand percent-encoded.
        ordered = sorted(hidden.union(*map(written_forms, hidden)), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def get(self, name: str) -> str | None:
        """The value of a variable; None where it is not set or empty.

        In a simulation every token has a value, and a vendor's is never the real one.
        """
        if self.stands_in(name):
            return SIMULATED
        return self._values.get(name) or None

    def stands_in(self, name: str) -> bool:
        """Whether `get` gives a stand-in, which is no secret."""
        return self.simulated and not (name in self._sent and self.given(name))

    def given(self, name: str) -> bool:
        """Whether a person set a variable, in a simulation too."""
        return bool(self._values.get(name, "").strip())

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of `names` that have no value."""
        return tuple(name for name in names if self.get(name) is None)

    def meant(self, name: str) -> str:
        """The variable that is set and named nearly as `name`, which is not; empty for none.

        One that the config uses elsewhere was not meant here: names of keys are much alike.
        """
        others = [one for one in self._values if one not in self.tokens and self.given(one)]
        return next(iter(difflib.get_close_matches(name, others, 1, _NEARLY)), "")

    def is_emptied(self, name: str) -> bool:
        """Whether `.env` has a value that an empty variable of the environment takes away."""
        return not self._values.get(name) and bool(self._own.get(name))

    @property
    def hidden(self) -> frozenset[str]:
        """All secret values, for whoever must search for them."""
        return self._hidden

    def redact(self, text: str) -> str:
        """`text` with every secret value hidden."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)

    def register(self) -> None:
        """Tell the log's redaction about every secret value."""
        for value in self._hidden:
            register_secret(value)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self.tokens))})"


def _whole(value: str) -> set[str]:
    return {value} if len(value) >= _SHORTEST else set()


def _secret_parts(name: str, value: str) -> set[str]:
    if _PLAIN_VALUE.fullmatch(value) or len(value) < _SHORTEST:
        return set()
    if "://" not in value or _TELLING_NAME.search(name):
        return {value}
    try:
        parts = urlsplit(value)
    except ValueError:
        return {value}
    found = {part for part in (parts.password, parts.query) if part}
    found |= {unquote(part) for part in found}
    return {part for part in found if len(part) >= _SHORTEST}
