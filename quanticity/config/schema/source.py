"""A vendor: where it is, how it knows us, what it allows."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import field_validator, model_validator

from quanticity.config.schema.endpoint import (
    LONGEST_TIMEOUT,
    BodyError,
    Endpoint,
    RetryPolicy,
)
from quanticity.config.schema.limits import CostBudget, RateLimits
from quanticity.spec import Spec, field

_OUR_OWN = ("127.0.0.1", "localhost", "::1")


def on_this_machine(url: str) -> bool:
    """Whether an address is one of this machine: a simulation asks a person's own server there."""
    try:
        return urlsplit(url).hostname in _OUR_OWN
    except ValueError:  # no address at all, as with half a bracket
        return False


_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Auth(Spec):
    """How the vendor knows us. Secrets are named here and live in the environment."""

    type: Literal["none", "bearer", "header", "query", "basic"] = field(
        "none", help="where the secret goes", example="bearer"
    )
    token_env: str | None = field(
        None, help="environment variable that holds the secret", example="UW_API_TOKEN"
    )
    name: str | None = field(None, help="name of the header or query parameter", example="apikey")
    prefix: str = field(
        "",
        help="for header: what stands before the secret, with its space",
        example="Token ",
        # Long enough for any scheme, and too short for a key that does not belong here.
        pattern=r"^([A-Za-z][A-Za-z0-9_-]{0,15}[ =:]*)?$",
    )
    username_env: str | None = field(None, help="for basic: variable with the user name")
    password_env: str | None = field(None, help="for basic: variable with the password")
    rotate: Literal["at_once", "closed"] = field(
        "at_once",
        help="when a changed secret is taken up: at once, or while the regular session is closed; "
        "one that the vendor refuses is replaced at once",
    )

    @field_validator("token_env", "username_env", "password_env")
    @classmethod
    def _names_a_variable(cls, given: str | None) -> str | None:
        # What is not set is told by its name: a key that was pasted here would be told everywhere.
        if given is not None and not _VARIABLE.fullmatch(given):
            raise ValueError(
                "this names no variable; the key itself belongs in .env, and here what it is "
                "called there, as UW_API_TOKEN"
            )
        return given

    @model_validator(mode="after")
    def _complete(self) -> Auth:
        if self.type in ("bearer", "header", "query") and not self.token_env:
            raise ValueError(f"type {self.type} needs token_env")
        if self.type in ("header", "query") and not self.name:
            raise ValueError(f"type {self.type} needs name")
        if self.prefix and self.type != "header":
            raise ValueError("'prefix' goes with 'type: header'")
        if self.type == "basic" and not (self.username_env and self.password_env):
            raise ValueError("type basic needs username_env and password_env")
        return self

    @property
    def variables(self) -> tuple[str, ...]:
        """Environment variables that must be set before the source can be asked."""
        names = (self.token_env, self.username_env, self.password_env)
        return tuple(name for name in names if name)


class Source(Spec):
    """A vendor and its endpoints."""

    description: str = field("", help="one line: what it gives")
    enabled: bool = field(True, help="false keeps the source off")
    base_url: str = field(
        help="where its paths begin", example="https://api.vendor.com/v1", pattern=r"^\S+$"
    )
    auth: Auth = field(Auth(), help="how the vendor knows us")
    headers: dict[str, str] = field(factory=dict, help="headers sent with every request")
    rate_limits: RateLimits = field(RateLimits(), help="what the vendor allows")
    cost_budget: CostBudget | None = field(None, help="what may be spent")
    retry_policy: RetryPolicy | None = field(None, help="default of its endpoints")
    errors: tuple[BodyError, ...] = field((), help="errors hidden in bodies of status 200")
    timeout_seconds: float = field(
        15,
        gt=0,
        le=LONGEST_TIMEOUT,
        unit="s",
        help="longest time for a whole answer, body included",
    )
    max_body_bytes: int = field(
        32_000_000, gt=0, unit="bytes", help="largest body accepted, once decompressed"
    )
    max_depth: int = field(64, gt=0, help="deepest nesting accepted in a body")
    terms: str = field("", help="what the vendor's terms say of automated use")
    endpoints: dict[str, Endpoint] = field(factory=dict, help="what is asked of it")
