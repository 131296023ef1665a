"""TWS and the Gateway by the ports at which they listen, where nobody changed them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

PORTS = {7497: "TWS, paper", 7496: "TWS, live", 4002: "Gateway, paper", 4001: "Gateway, live"}


async def elsewhere(port: int, listens: Callable[[int], Awaitable[bool]]) -> str:
    """What to do where nobody is at `port` and somebody is at another of them; else nothing.

    Nobody is connected to there by himself: the other one may trade real money.
    """
    others = [other for other in PORTS if other != port and await listens(other)]
    if not others:
        return ""
    named = " and ".join(f"{other} ({PORTS[other]})" for other in others)
    return f"something listens at {named}: if that is the one, set `ibkr.port: {others[0]}`"
