"""A simulated gateway beside a running system: a process of its own, by the same clock."""

from __future__ import annotations

import asyncio
import multiprocessing
import shutil
import signal
import socket
from contextlib import closing
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from quanticity.cli.sim_day import SimulatedDay
from quanticity.cli.sim_gateway import resumed, serving
from quanticity.cli.sim_names import simulation_problems
from quanticity.cli.standin import within_market
from quanticity.clock import Clock, MarketCalendar, eastern
from quanticity.config.loaded import Loaded
from quanticity.errors import ConfigError, QuanticityError
from quanticity.heap import gives_back
from quanticity.logs import logger
from quanticity.runtime.newborn import born_deaf, hears
from quanticity.runtime.process import end_with_parent

_HOST = "127.0.0.1"
_FOLDER = "gateway"
_STOPS_WITHIN = 3.0
_LOOK_EVERY = 0.02
_WATCH_EVERY = 1.0


class GatewayBeside:
    """Its address is known before it serves: whoever connects tries until it does.

    Once it listens it is begun again whenever its process ends, where it was; `again` counts how
    often. Orders, positions and ids of contracts of the last seconds but two are kept for it in a
    folder, which goes with the run: the next run's account is new.
    """

    def __init__(
        self, clock: Clock, seed: int, scenario: str, faults: str, *, folder: Path
    ) -> None:
        """`clock` reads the machine's monotonic time, which is the same in every process.

        Nobody else uses `folder` meanwhile; what is in it is of a run that was killed.
        """
        self._given = (clock, SimulatedDay(seed, scenario, faults))
        self._folder = folder
        self._process: BaseProcess | None = None
        self._taken: socket.socket | None = None
        self._port = 0
        self._watching: asyncio.Task[None] | None = None
        self.again = 0

    def start(self) -> tuple[str, int]:
        """Begin; returns host and port. QuanticityError where there is no port to be had."""
        self._taken = _bound()
        _empty(self._folder)
        self._port = int(self._taken.getsockname()[1])
        self._begin()
        return _HOST, self._port

    def _begin(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        line, theirs = spawn.Pipe(duplex=False)
        given = (theirs, self._port, *self._given, self._folder)
        self._process = spawn.Process(target=_live, args=given, name="gateway", daemon=True)
        with born_deaf(signal.SIGINT):
            self._process.start()
        theirs.close()
        self._line = line

    async def serves(self) -> str:
        """Wait until it listens; empty, or why it does not."""
        said = await self._listens()
        if not said:
            self._watching = asyncio.get_running_loop().create_task(self._watch())
        return said

    async def _watch(self) -> None:
        """Begin again whenever it ended: without it nothing would come until the run's end."""
        while True:
            await asyncio.sleep(_WATCH_EVERY)
            ended = self._process
            if ended is None or ended.is_alive():
                continue
            self.again += 1
            logger.warning(
                "the simulated gateway ended by itself (exit code {}); it begins again, with the "
                "orders and positions that it kept",
                ended.exitcode,
            )
            self._line.close()
            self._begin()
            if said := await self._listens():
                logger.warning("the simulated gateway: {}", said)

    async def _listens(self) -> str:
        loop = asyncio.get_running_loop()
        while not self._line.poll():
            if self._process is None or not self._process.is_alive():
                return "it ended before it listened"
            await asyncio.sleep(_LOOK_EVERY)
        try:
            said = await loop.run_in_executor(None, self._line.recv)
        except EOFError:
            return "it ended before it listened"
        finally:
            self._give_back()
        return str(said)

    async def stop(self) -> None:
        """End it, and leave nothing behind."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        self._give_back()
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            await asyncio.to_thread(process.join, _STOPS_WITHIN)
            if process.is_alive():
                process.kill()
                await asyncio.to_thread(process.join)
            self._line.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _give_back(self) -> None:
        taken, self._taken = self._taken, None
        if taken is not None:
            taken.close()


def gateway_of(loaded: Loaded, clock: Clock, data: Path) -> GatewayBeside | None:
    """The simulated gateway that a config asks for; None where it asks for none.

    `data` is the folder of the run, which is nobody else's.

    ConfigError where it names a scenario or a plan that there is not, QuanticityError after the
    simulated market's last day.
    """
    simulation = loaded.root.simulation
    if not simulation.gateway:
        return None
    if problems := simulation_problems(loaded):
        raise ConfigError(problems)
    within_market(eastern(clock.now()).date())
    given = (simulation.seed, simulation.scenario, simulation.faults)
    return GatewayBeside(clock, *given, folder=data / _FOLDER)


def _bound() -> socket.socket:
    """A port of loopback that nobody else is given meanwhile; it does not listen."""
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((_HOST, 0))
    except OSError as error:
        taken.close()
        raise QuanticityError(f"no port for the simulated gateway: {error.strerror}") from None
    return taken


def _empty(folder: Path) -> None:
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise QuanticityError(
            f"no folder for the simulated gateway's state: {error.strerror}"
        ) from None


def _live(
    line: Connection, port: int, clock: Clock, day: SimulatedDay, folder: Path | None
) -> None:
    """The whole life of the process. Ctrl-C is for the system that it belongs to."""
    gives_back()
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hears(signal.SIGINT)
    with closing(line):
        asyncio.run(_serve(line, port, clock, day, folder))


async def _serve(
    line: Connection, port: int, clock: Clock, day: SimulatedDay, folder: Path | None
) -> None:
    from quanticity.sim.faults import FaultPlan

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    plan = FaultPlan.named(day.faults, seed=day.seed, begins=clock.now())
    try:
        # The moment is the run's clock's, wherever the gateway was when it ended.
        with resumed(day, folder) as (_, kept):
            async with serving(day, clock, MarketCalendar(), plan, port, folder, kept):
                line.send("")
                await stop.wait()
    except QuanticityError as error:
        line.send(str(error))
