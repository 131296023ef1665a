"""The handler over ib_insync, in place of ib_async: `python -m tests.plugins.ibkr.over_insync DIR`.

DIR is the environment that has it: the two libraries cannot be installed side by side, as their
event packages are one folder. Not a test of the suite, which has ib_async; `tools/ib-clients` runs
it where it has built that environment.
"""

from __future__ import annotations

import sys
from pathlib import Path

SITE = "lib/python3.*/site-packages"


def main(environment: str) -> None:
    """Data, orders, a restart and the return. AssertionError where one is not as it should be."""
    (site,) = Path(environment).absolute().glob(SITE)
    # Before the rest is imported: a module that is None cannot be.
    sys.path.insert(0, str(site))
    sys.modules["ib_async"] = None  # type: ignore[assignment]
    from plugins.ibkr import library
    from tests.plugins.ibkr.rig import Desk, on_virtual_clock

    @on_virtual_clock()
    async def play(desk: Desk) -> None:
        assert library.library() == "ib_insync"
        await desk.settled(30)
        await desk.clock.sleep(20)
        assert (await desk.get("market:SPY:book"))["kind"] == "depth"
        assert any(row["venue"] for row in await desk.prints("SPY"))
        assert await desk.get("raw:ibkr:account:pnl")
        orders = await desk.get("raw:ibkr:account:orders")
        assert orders["orders"] == orders["ended"] == []
        desk.gateway.outages.restart(0.5, 3.0)
        await desk.clock.sleep(5)
        await desk.settled(30)
        assert desk.handler.connection.connects == 2
        assert not +desk.gateway.counters.violations

    play()
    print("the handler over ib_insync: data, a restart and the return are as they should be")


if __name__ == "__main__":
    main(sys.argv[1])
