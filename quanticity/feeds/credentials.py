"""How a vendor knows us: what a source's `auth` comes to once the environment is read."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from quanticity.config.schema.source import Auth
from quanticity.logs import register_secret


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """Headers and query parameters that carry secrets, and the secrets themselves.

    `variables` are the names of the environment variables, for error texts.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


def missing(auth: Auth, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Environment variables that must be set before the source can be asked, and are not."""
    return tuple(name for name in auth.variables if not environ.get(name, "").strip())


def read(auth: Auth, environ: Mapping[str, str]) -> Credentials:
    """The credentials; every secret is made unshowable at once.

    KeyError, naming the variable, where one is not set: see `missing`.
    """
    absent = missing(auth, environ)
    if absent:
        raise KeyError(absent[0])
    if auth.type == "none":
        return Credentials()
    secrets = tuple(environ[name].strip() for name in auth.variables)
    for secret in secrets:
        register_secret(secret)
    if auth.type == "bearer":
        return _known(auth, secrets, headers={"Authorization": f"Bearer {secrets[0]}"})
    if auth.type == "header":
        return _known(auth, secrets, headers={str(auth.name): secrets[0]})
    if auth.type == "query":
        return _known(auth, secrets, query=((str(auth.name), secrets[0]),))
    user, password = (environ[str(name)].strip() for name in (auth.username_env, auth.password_env))
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    register_secret(pair)
    return _known(auth, (password, pair), headers={"Authorization": f"Basic {pair}"})


def _known(
    auth: Auth,
    secrets: tuple[str, ...],
    *,
    headers: Mapping[str, str] | None = None,
    query: tuple[tuple[str, str], ...] = (),
) -> Credentials:
    return Credentials(headers or {}, query, secrets, auth.variables)
