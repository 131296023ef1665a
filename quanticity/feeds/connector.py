"""Kept connections, without those on which a vendor has said more than it was asked for."""

from __future__ import annotations

from typing import Any

import aiohttp

from quanticity.logs import logger, redact


class Connector(aiohttp.TCPConnector):
    """Never hands out a connection on which something waits that nobody asked for.

    aiohttp looks whether a kept connection stands. What a server sends on it meanwhile, an answer
    twice, say, is then taken for the answer to the next request: one feed's body under another's
    key. Such a connection is closed; told once, and counted in `strays`.
    """

    strays = 0

    async def _get(self, key: Any, traces: Any) -> Any:
        for protocol, _ in self._conns.get(key, ()):
            if protocol.should_close and protocol.is_connected():
                # One that is closed is passed over where connections are looked for.
                protocol.close()
                self.strays += 1
                if self.strays == 1:
                    logger.warning(
                        "{}: more came on a kept connection than was asked for; it is closed, and "
                        "further ones like it are only counted",
                        redact(f"{key.host}:{key.port}"),
                    )
        return await super()._get(key, traces)
