"""Ten thousand feeds in one process, run as a person runs them: memory, and nothing left behind."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.loopback import loopback
from benchmarks.measure import Row
from benchmarks.program import bench_config, on_config

ENDPOINTS, SYMBOLS, INTERVAL = 100, 100, 120
STEADY_SECONDS = 60.0
MOST_MEGABYTES = 300

SOURCE = """data_sources:
  vendor:
    description: "A vendor on this machine"
    base_url: "{vendor}"
    rate_limits: {{requests_per_minute: 60000, max_in_flight: 16}}
    endpoints:
"""
ENDPOINT = """      feed_{number}:
        path: "/rows"
        params: {{size: 2048, symbol: "{{symbol}}"}}
        symbols: many
        interval_seconds: {interval}
        redis_key: "raw:v:{number}:{{symbol}}"
        ttl_seconds: 600
"""


def measure() -> list[Row]:
    """Peak and steady resident memory of the process that fetches, and how fast it began."""
    with loopback() as ends, tempfile.TemporaryDirectory(prefix="q") as folder:
        config = bench_config(Path(folder))
        (config / "data_sources.yaml").write_text(_config(ends.vendor), encoding="utf-8")
        with on_config(config, Path(folder) / "data", ends.socket) as running:
            begun = time.perf_counter()
            _wait_for_all(running)
            all_there = time.perf_counter() - begun
            time.sleep(STEADY_SECONDS)
            steady, peak = _megabytes(running.pid, "VmRSS"), _megabytes(running.pid, "VmHWM")
            running.terminate()
            running.communicate(timeout=60)
    feeds = ENDPOINTS * SYMBOLS
    return [
        Row(f"{feeds:,} feeds, peak resident memory", peak, "MB", MOST_MEGABYTES),
        Row(f"{feeds:,} feeds, after a minute", steady, "MB"),
        Row("command to the last of all first values", all_there, "s"),
    ]


def _config(vendor: str) -> str:
    symbols = ", ".join(f"S{number:03d}" for number in range(SYMBOLS))
    return "".join(
        [
            f"symbol_groups:\n  many: [{symbols}]\n",
            SOURCE.format(vendor=vendor),
            *(ENDPOINT.format(number=number, interval=INTERVAL) for number in range(ENDPOINTS)),
        ]
    )


def _wait_for_all(running: subprocess.Popen[str]) -> None:
    """Read the line of each feed's first value until there was one for every feed."""
    assert running.stdout is not None
    seen: set[str] = set()
    for line in running.stdout:
        seen.update(re.findall(r"raw:v:\d+:S\d+", line))
        if len(seen) == ENDPOINTS * SYMBOLS:
            return
    raise SystemExit("the run stopped by itself")


def _megabytes(pid: int, what: str) -> float:
    told = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(rf"{what}:\s+(\d+) kB", told)
    if found is None:
        raise SystemExit(f"this system does not tell {what}")
    return int(found[1]) / 1024
