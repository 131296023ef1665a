"""The HTTP port that edges are handed: bounded, redacted, and it repeats nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from yarl import URL

from quanticity.component import HttpAnswer
from quanticity.errors import TransportError
from quanticity.feeds.http import HttpClient, Unsent
from quanticity.feeds.patience import time_limits
from quanticity.logs import redact

_MOST_BYTES = 1_000_000


class _NoSlot:
    """An edge's own pace has been kept before it asks."""

    def headers(self) -> None:
        """Nothing to tell."""

    def lost(self) -> None:
        """Nothing to tell."""

    def given_up(self) -> None:
        """Nothing to tell."""

    def done(self) -> None:
        """Nothing to tell."""

    def unsent(self) -> None:
        """Nothing to tell."""


class EdgeHttp:
    """A `component.Http` over connections of its own; follows no redirect, keeps no cookie."""

    def __init__(self) -> None:
        self._client = HttpClient({})

    async def ask(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        patience: float = 10.0,
    ) -> HttpAnswer:
        """Send one request; TransportError (Unsent where it never left) where it fails."""
        sent = dict(headers or {})
        body = None
        if json is not None:
            body = orjson.dumps(json)
            sent.setdefault("Content-Type", "application/json")
        try:
            address = URL(url)
        except ValueError as error:
            raise Unsent(redact(f"it is no address: {error}")) from None
        if not address.absolute:
            raise Unsent("it is no address: it does not begin with https://")
        try:
            answer = await self._client.send(
                _NoSlot(),
                method,
                address,
                headers=sent,
                data=body,
                limits=time_limits(patience),
                most=_MOST_BYTES,
            )
        except Unsent as error:
            raise Unsent(redact(str(error))) from None
        except TransportError as error:
            raise TransportError(redact(str(error))) from None
        lower = {name.lower(): value for name, value in answer.headers.items()}
        return HttpAnswer(answer.status, lower, answer.body)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()
