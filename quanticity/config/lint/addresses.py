"""Addresses that lead nowhere, or that carry a password."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from quanticity.config.lint.context import Checked
from quanticity.errors import Problem
from quanticity.spec import Path

_SCHEMES = ("http://", "https://")


def check_address(config: Checked, at: Path, address: str) -> Iterator[Problem]:
    """An error where `address` names no host that could be asked, a warning for a password."""
    field = at[-1]
    if not address.startswith(_SCHEMES):
        yield config.error(at, f"'{field}' should begin with https:// (or http://)")
        return
    try:
        parts = urlsplit(address)
        if "{" in parts.netloc:
            return
        host, port = parts.hostname, parts.port
    except ValueError as error:
        # The reason quotes what it stumbled over, which may be a part of a password.
        hidden = "@" in address or at in config.from_environment
        why = "not with what is before its '@', or what is filled in" if hidden else str(error)
        said = f"'{field}' is no address: {why.lower()}"
        yield config.error(at, said, "for example https://api.vendor.com:8443/v1")
        return
    if not host or port == 0:
        said = f"'{field}' names no {'port' if host else 'host'} to ask"
        yield config.error(at, said, "for example https://api.vendor.com/v1")
    if "@" in parts.netloc and at not in config.from_environment:
        said = f"'{field}' holds a user or a password in the open"
        yield config.warning(at, said, "auth: {type: basic, username_env: ..., password_env: ...}")
