"""What comes up beside the feeds leaves them the machine until their first value is there."""

from __future__ import annotations

import asyncio
from typing import Any

from quanticity.clock import LiveClock
from quanticity.errors import QuanticityError
from quanticity.runtime.beside import Beside

# Seconds that feeds have for themselves at most, as CHANGELOG says.
STARTS_WITHIN = 2.0


class Gateway:
    """A simulated gateway that notes what becomes of it."""

    def __init__(self, log: list[str], refusal: str = "") -> None:
        self.log, self.refusal = log, refusal

    def start(self) -> tuple[str, int]:
        if self.refusal:
            raise QuanticityError(self.refusal)
        self.log.append("gateway starts")
        return "127.0.0.1", 4002

    async def serves(self) -> str:
        return ""

    async def stop(self) -> None:
        self.log.append("gateway stops")


class Host:
    """A runtime of plugins that notes what becomes of it."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    async def begin(self, step: Any) -> None:
        self.log.append("plugins start")
        step("plugins", True, "at work")
        await asyncio.Event().wait()

    async def follow(self, recipe: Any) -> None:
        self.log.append(f"plugins follow {recipe}")

    async def stop(self) -> None:
        self.log.append("plugins stop")


class Scene:
    """One start: whether values flow is for the test to say."""

    def __init__(self, refusal: str = "") -> None:
        self.log: list[str] = []
        self.steps: list[tuple[str, bool, str]] = []
        self.flows = False
        self.told: dict[str, str] = {}
        self.beside = Beside(LiveClock(), lambda *step: self.steps.append(step), lambda: self.flows)
        self.beside.begin(Gateway(self.log, refusal), {"A": "1"}, self.host)

    def host(self, environ: Any) -> Any:
        self.told = dict(environ)
        return Host(self.log)


def test_processes_of_plugins_took_both_cores_before_the_first_value_was_there() -> None:
    async def main() -> None:
        scene = Scene()
        await asyncio.sleep(0.1)
        assert scene.log == []
        scene.flows = True
        await asyncio.sleep(0.1)
        assert scene.log == ["plugins start", "gateway starts"] or scene.log == [
            "gateway starts",
            "plugins start",
        ]
        assert scene.told == {"A": "1", "QUANTICITY_STAND_IN_IBKR": "127.0.0.1:4002"}
        assert ("gateway", True, "simulated, 127.0.0.1:4002") in scene.steps
        await scene.beside.follow("another")  # type: ignore[arg-type]
        await scene.beside.stop()
        assert scene.log[2:] == ["plugins follow another", "plugins stop", "gateway stops"]

    asyncio.run(main())


def test_without_any_value_they_come_up_all_the_same() -> None:
    async def main() -> None:
        scene = Scene()
        await asyncio.sleep(STARTS_WITHIN + 1)
        assert "plugins start" in scene.log
        await scene.beside.stop()

    asyncio.run(main())


def test_what_is_stopped_before_it_began_never_begins() -> None:
    async def main() -> None:
        scene = Scene()
        await asyncio.sleep(0.05)
        await scene.beside.stop()
        scene.flows = True
        await asyncio.sleep(0.1)
        assert scene.log == []

    asyncio.run(main())


def test_a_gateway_that_has_no_port_keeps_no_plugin_from_its_work() -> None:
    async def main() -> None:
        scene = Scene(refusal="no port for the simulated gateway: none left")
        scene.flows = True
        await asyncio.sleep(0.1)
        assert ("gateway", False, "no port for the simulated gateway: none left") in scene.steps
        assert scene.log == ["plugins start"]
        await scene.beside.stop()

    asyncio.run(main())
