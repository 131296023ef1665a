"""A simulated vendor in a thread, and real processes of the program that ask it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from quanticity.clock import LiveClock, MarketCalendar
from quanticity.sim.vendors.limits import VendorLimits
from quanticity.sim.vendors.registry import address_for
from quanticity.sim.vendors.server import SimVendors

REPOSITORY = Path(__file__).parents[2]
TOKEN = "wire-secret-token-8361"
LIMIT, IN_FLIGHT = 20, 3
SOAK = os.environ.get("QUANTICITY_SOAK") == "1"
WINDOW = 60.0 if SOAK else 2.5

_CONFIG = """\
data_sources:
  vendor:
    base_url: "{base}"
    auth: {{type: bearer, token_env: WIRE_TOKEN}}
    rate_limits:
      windows: [{{limit: {limit}, seconds: {window}}}]
      max_in_flight: {in_flight}
    timeout_seconds: 3
    endpoints:
      quote:
        path: "/stock/{{symbol}}/stock-state"
        symbols: [{symbols}]
        interval_seconds: {interval}
        redis_key: "raw:wire:quote:{{symbol}}"
        ttl_seconds: 300
        priority: critical
        breaker: {{failures: 1000}}
      curve:
        path: "/stock/{{symbol}}/interpolated-iv"
        symbols: [{symbols}]
        interval_seconds: {interval}
        redis_key: "raw:wire:curve:{{symbol}}"
        ttl_seconds: 300
        priority: background
        breaker: {{failures: 1000}}
"""


class Bench:
    """One vendor, one folder of config, any number of processes."""

    def __init__(self, folder: Path, server: SimVendors, url: str, in_flight: int) -> None:
        self.folder = folder
        self._in_flight = in_flight
        self.server = server
        self.config = folder / "config"
        self._base = address_for("https://api.unusualwhales.com/api", url)
        self.processes: list[subprocess.Popen[bytes]] = []
        (self.config / "env").mkdir(parents=True)
        (self.config / "env" / "wire.yaml").write_text("environment: wire\n")
        self.write("SPY, QQQ, IWM, AAPL, MSFT", 0.4)

    def write(self, symbols: str, interval: float) -> None:
        """Write the config anew: demand far over the limit."""
        text = _CONFIG.format(
            base=self._base,
            limit=LIMIT,
            window=WINDOW,
            in_flight=self._in_flight,
            symbols=symbols,
            interval=interval,
        )
        (self.config / "data_sources.yaml").write_text(text)

    def write_apart(self, name: str, endpoint: str, symbols: str, interval: float) -> Path:
        """A folder of config of its own, with one of the endpoints."""
        folder = self.folder / name
        (folder / "env").mkdir(parents=True, exist_ok=True)
        (folder / "env" / "wire.yaml").write_text("environment: wire\n")
        self.write(symbols, interval)
        tree = yaml.safe_load((self.config / "data_sources.yaml").read_text())
        endpoints = tree["data_sources"]["vendor"]["endpoints"]
        tree["data_sources"]["vendor"]["endpoints"] = {endpoint: endpoints[endpoint]}
        # On a busy machine the vendor, too, is slow: what is given up is under way there still.
        tree["data_sources"]["vendor"]["timeout_seconds"] = 15
        (folder / "data_sources.yaml").write_text(yaml.safe_dump(tree))
        return folder

    def begin(self, config: Path | None = None, *, apart: bool = False) -> subprocess.Popen[bytes]:
        """Start `main.py run` on the shared data folder, output to a file.

        With `apart` it has a token and a data folder of its own: it shares the machine alone.
        """
        token, data = (f"{TOKEN}-apart", "data-apart") if apart else (TOKEN, "data")
        environ = {
            **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
            "WIRE_TOKEN": token,
        }
        command = [
            *(sys.executable, str(REPOSITORY / "main.py"), "run", "--env", "wire"),
            *("--config", str(config or self.config), "--data", str(self.folder / data)),
        ]
        with (self.folder / f"run{len(self.processes)}.txt").open("wb") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, env=environ, cwd=self.folder
            )
        self.processes.append(process)
        return process

    def arrivals(self) -> list[float]:
        """When requests arrived, in order, whatever their token."""
        return self.server.arrivals("unusual_whales")

    def arrivals_by_token(self) -> list[list[float]]:
        """The same, apart by token: the token that was seen first comes first."""
        accounts = self.server.accounts("unusual_whales")
        return [sorted(self.server.gate("unusual_whales", one).arrivals) for one in accounts]

    def wait_for(self, count: int, seconds: float = 30) -> None:
        """Until so many requests have arrived: `seconds`, and the windows that they need."""
        windows = 1 + max(0, count - len(self.arrivals())) // LIMIT
        ends = time.monotonic() + seconds + windows * WINDOW
        while len(self.arrivals()) < count:
            if time.monotonic() > ends:
                raise AssertionError(f"{len(self.arrivals())} arrivals\n{self.said()}")
            time.sleep(0.02)

    def said(self) -> str:
        """All that the processes printed and logged."""
        files = [*self.folder.glob("run*.txt"), *self.folder.rglob("*.log")]
        return "\n".join(file.read_text(errors="replace") for file in files)

    def stop(self) -> list[int]:
        """Ask every process to stop; their exit statuses (None became a kill)."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        try:
            return [process.wait(60) for process in self.processes]
        except subprocess.TimeoutExpired:
            raise AssertionError(f"one of them does not stop\n{self.said()}") from None


@contextmanager
def bench(
    folder: Path, delay_ms: tuple[float, float] = (0, 200), in_flight: int = IN_FLIGHT
) -> Iterator[Bench]:
    """A bench whose vendor answers after `delay_ms` each way, and nothing left when it ends."""
    limits = VendorLimits(windows=((LIMIT, WINDOW),), max_in_flight=in_flight)
    loop = asyncio.new_event_loop()
    server = SimVendors(
        LiveClock(), MarketCalendar(), 7, delay_ms, limits={"unusual_whales": limits}
    )
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    url = asyncio.run_coroutine_threadsafe(server.start(), loop).result(20)
    made = Bench(folder, server, url, in_flight)
    try:
        yield made
    finally:
        for process in made.processes:
            if process.poll() is None:
                process.kill()
            process.wait(20)
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
