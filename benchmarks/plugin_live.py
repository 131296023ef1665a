"""Hot reload of a plugin as a person sees it: from the file saved to the first value of the new.

The whole demo runs meanwhile; the plugin that is edited has a binding for each option chain.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import Row
from benchmarks.program import ROOT, demo
from quanticity.clock import LiveClock
from quanticity.config.schema.root import StoreSettings
from quanticity.store.opening import open_store
from quanticity.store.redis_store import RedisStore

ROUNDS = 20
MOST_MILLISECONDS = 1000.0
KEY = "analytics:marked:SPY"
PLUGIN = '''"""Says which edit of this file it is."""

from quanticity.api import Analytic, Chain, Key, OnChange


class Marked(Analytic):
    """The number of the edit, and how many contracts there are."""

    name = "marked"
    reads = {{"chain": Key("raw:av:options:{{symbol}}", 600, view=Chain)}}
    writes = {{"mark": Key("analytics:marked:{{symbol}}", ttl=600)}}
    trigger = OnChange()

    def compute(self, inputs, state, now):
        return {{"mark": {{"edit": {edit}, "contracts": len(inputs.chain)}}}}, state
'''


def measure() -> list[Row]:
    """The slowest and the median of all edits."""
    with tempfile.TemporaryDirectory(prefix="q") as name:
        folder = Path(name)
        for part in ("config", "plugins", "transforms"):
            shutil.copytree(ROOT / part, folder / part)
        file = folder / "plugins" / "analytics" / "marked.py"
        file.write_text(PLUGIN.format(edit=0), encoding="utf-8")
        with demo("--config", str(folder / "config")) as running:
            took = asyncio.run(_edits(file, running.data / "demo", running.environ))
    return [
        Row("a plugin saved to its first value, slowest", max(took), "ms", MOST_MILLISECONDS),
        Row("median", statistics.median(took), "ms"),
    ]


async def _edits(file: Path, data: Path, environ: Mapping[str, str]) -> list[float]:
    await asyncio.sleep(12)  # the demo's first minute of fetches is under way
    store = await open_store(StoreSettings(), data, LiveClock(), environ, attach_only=True)
    took = []
    try:
        await _shows(store, 0, 60)
        for edit in range(1, ROUNDS + 1):
            await asyncio.sleep(0.5 + 0.037 * edit)
            file.write_text(PLUGIN.format(edit=edit), encoding="utf-8")  # noqa: ASYNC240
            written = time.perf_counter()
            await _shows(store, edit, 10)
            took.append((time.perf_counter() - written) * 1000)
    finally:
        await store.close()
    return took


async def _shows(store: RedisStore, edit: int, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while True:
            one = await store.get(KEY)
            if one is not None and one.data["edit"] == edit:
                return
            await asyncio.sleep(0.002)
