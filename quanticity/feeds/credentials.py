"""How a vendor knows us: what a source's `auth` comes to once the environment is read."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from quanticity.config.schema.source import Auth, Source
from quanticity.logs import register_secret
from quanticity.redaction import written_forms


class Secrets(Protocol):
    """Values by the name of their environment variable; `config.secrets` has the real ones."""

    @property
    def taken_in(self) -> frozenset[str]:
        """Secret values that stand in the config by `${VAR}`."""
        ...

    def get(self, name: str) -> str | None:
        """The value, or None where there is none."""
        ...

    def stands_in(self, name: str) -> bool:
        """Whether that value is a simulation's, and no secret."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """Headers and query parameters that carry secrets, and the secrets themselves.

    `variables` are the names of the environment variables, for error texts.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


def read(auth: Auth, secrets: Secrets) -> Credentials:
    """The credentials; what is secret in them is made unshowable at once.

    KeyError, naming the variable, where one has no value.
    """
    values = []
    for name in auth.variables:
        value = (secrets.get(name) or "").strip()
        if not value:
            raise KeyError(name)
        values.append(value)
    if auth.type == "none":
        return Credentials()
    headers: Mapping[str, str]
    query: tuple[tuple[str, str], ...] = ()
    hidden: tuple[str, ...]
    secret = auth.variables[-1 if auth.type == "basic" else 0]
    if auth.type == "basic":
        pair = base64.b64encode(":".join(values[-2:]).encode()).decode()
        headers = {"Authorization": f"Basic {pair}"}
        hidden = (values[-1], pair)
    else:
        hidden = (values[0],)
        headers, query = _placed(auth, values[0])
    if secrets.stands_in(secret):
        hidden = ()
    for value in hidden:
        register_secret(value)
    return Credentials(headers, query, hidden, auth.variables)


def of_source(source: Source, secrets: Secrets) -> Credentials:
    """The same for all that a source says: keys that it takes in by `${VAR}` are secret too.

    KeyError as in `read`.
    """
    found = read(source.auth, secrets)
    further = secrets.taken_in.difference(found.secrets)
    if not further:
        return found
    text = source.model_dump_json()
    inside = [each for each in further if any(form in text for form in written_forms(each))]
    return replace(found, secrets=(*found.secrets, *sorted(inside)))


def _placed(auth: Auth, token: str) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    if auth.type == "query":
        return {}, ((str(auth.name), token),)
    if auth.type == "header":
        return {str(auth.name): auth.prefix + token}, ()
    return {"Authorization": f"Bearer {token}"}, ()
