"""A source that writes a key for each of many symbols, and goes on when they are edited."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from quanticity.clock import LiveClock, MarketCalendar, VirtualClock, run_virtual
from quanticity.component import Analytic, Context, Source
from quanticity.config.loader import load
from quanticity.errors import BadOutput, ComponentError, UndeclaredWrite
from quanticity.model import Key, Kind
from quanticity.runtime.binding import Binding, bind
from quanticity.runtime.bindings import bindings_of
from quanticity.runtime.declared import wrong
from quanticity.runtime.edge_context import EdgeContext
from quanticity.runtime.edges import Edges
from quanticity.runtime.loader import PluginFolders
from quanticity.runtime.plugin_watch import signature
from quanticity.runtime.stand_ins import variable as stand_in_variable
from quanticity.spec import Slip, Spec, field
from quanticity.store.memory import MemoryStore


class Watched(Spec):
    """Which symbols."""

    stocks: tuple[str, ...] = field((), help="symbols")
    line: int = field(1, help="number of the line: another one begins anew")
    broken: bool = field(False, help="an edit that it fails on")

    @property
    def quoted(self) -> tuple[str, ...]:
        """Symbols, and one that is always there."""
        return (*self.stocks, "SPX")


class Desk(Source):
    """Counts its starts, and says what it was revised to."""

    name = "desk"
    Params = Watched
    writes = {
        "book": Key("desk:{symbol}:book", over="stocks", ttl=60),
        "quote": Key("desk:{symbol}:quote", over="quoted", ttl=60),
        "option": Key("desk:{symbol}:{strike}", over="stocks", ttl=60),
        "up": Key("desk:connected", plain=True, ttl=60),
    }
    starts = 0
    seen: list[Any] = []

    async def run(self, context: Context) -> None:
        Desk.starts += 1
        while True:
            for symbol in self.params.stocks:
                context.put("book", self.params.line, symbol=symbol)
            context.put_plain("up", "1")
            await context.sleep(1.0)

    def revise(self, params: Watched) -> bool:
        Desk.seen.append(params.stocks)
        if params.broken:
            raise ValueError("no such thing")
        return bool(params.line == self.params.line)


def desk(*stocks: str, **more: Any) -> Binding:
    return bind(Desk, Watched(stocks=stocks, **more), {})


def test_it_has_a_key_for_each_value_of_its_parameter():
    keys = {one.key for one in desk("SPY", "QQQ").writes.values()}
    assert {"desk:SPY:book", "desk:QQQ:book", "desk:SPX:quote", "desk:connected"} <= keys
    assert "desk:SPY:{strike}" in keys, "what nobody can list stays open"
    assert "desk:SPX:book" not in keys


def test_a_parameter_that_lists_nothing_is_a_problem():
    class Bad(Desk):
        name = "bad"
        writes = {"book": Key("desk:{symbol}:book", over="line")}

    with pytest.raises(ComponentError, match="must be a parameter that lists"):
        bind(Bad, Watched(), {})


def told(kind: type[Any], **keys: Key) -> str:
    said = {"name": "made", "Params": Watched, "writes": keys, "run": Desk.run}
    made = type("Made", (kind,), said)
    return " ".join(str(one) for one in wrong(made, "made.py"))


def test_only_sources_write_over_lists_and_in_plain():
    over, plain = Key("a:{symbol}", over="stocks"), Key("a:b", plain=True)
    assert "what a source writes" in told(Analytic, a=over)
    assert "only a source writes" in told(Analytic, a=plain)
    assert told(Source, a=over, b=plain) == ""
    assert "did you mean 'stocks'" in told(Source, a=Key("a:{symbol}", over="stokcs"))
    assert "holds one text" in told(Source, a=Key("a:b", plain=True, kind=Kind.EVENTS))


def context(store: MemoryStore, environ: dict[str, str] | None = None) -> EdgeContext:
    nobody: Any = None
    instance = desk("SPY").instance
    return EdgeContext("desk", instance, store, LiveClock(), nobody, environ=environ or {})


def test_a_plain_key_is_text_without_an_envelope():
    async def act() -> bytes | None:
        store = MemoryStore(LiveClock())
        given = context(store)
        given.put_plain("up", "1")
        given.put("option", 1, symbol="SPY", strike="600")
        with pytest.raises(BadOutput, match="put_plain writes it"):
            given.put("up", "1")
        with pytest.raises(BadOutput, match="put writes it"):
            given.put_plain("book", "1", symbol="SPY")
        with pytest.raises(UndeclaredWrite, match="placeholder"):
            given.put("option", 1, symbol="SPY")
        return await store.get_raw("desk:connected")

    assert asyncio.run(act()) == b"1"


def test_a_stand_in_is_where_the_system_says_and_nowhere_else():
    store = MemoryStore(LiveClock())
    assert context(store).stand_in("ibkr") is None
    variable = stand_in_variable("ibkr")
    assert context(store, {variable: "127.0.0.1:4002"}).stand_in("ibkr") == ("127.0.0.1", 4002)
    assert context(store, {variable: "nonsense"}).stand_in("ibkr") is None


@pytest.mark.parametrize(
    ("edit", "starts", "failures"),
    [
        (desk("SPY", "IWM"), 1, 0),
        (desk("SPY", line=2), 2, 0),
        (desk("SPY", broken=True), 2, 1),
    ],
    ids=["symbols", "another line", "an edit that it fails on"],
)
def test_an_edit_is_taken_over_while_it_runs_where_it_can_be(
    edit: Binding, starts: int, failures: int
):
    async def main(clock: VirtualClock) -> None:
        store = MemoryStore(clock)

        async def newest(key: str) -> str:
            return "0"

        edges = Edges(store, clock, MarketCalendar(), None, newest)  # type: ignore[arg-type]
        edges.replace([desk("SPY")])
        await clock.sleep(2)
        edges.replace([edit])
        await clock.sleep(2)
        assert Desk.starts == starts
        assert edges.rows["desk"].failures == failures
        for symbol in edit.instance.params.stocks:
            assert await store.get(f"desk:{symbol}:book") is not None
        edges.replace([edit])
        await clock.sleep(2)
        assert Desk.starts == starts, "the same again is no edit"
        await edges.close()

    Desk.starts = 0
    run_virtual(main)


CONFIG = """
symbol_groups: {few: [SPY, QQQ]}
components: {desk: {enabled: true}}
desk:
  stocks: [SPY, QQQ, SPYY]
"""
MODULES = {
    "__init__.py": "from .source import Desk\n",
    "table.yaml": "SPY: 1\nQQQ: 2\n",
    "source.py": '''
from pathlib import Path
import msgspec
from quanticity.api import Analytic, Key, OnChange, Slip, Source, Spec, field

TABLE = msgspec.yaml.decode(Path(__file__).with_name("table.yaml").read_bytes())

class Params(Spec):
    """Which."""
    stocks: tuple[str, ...] = field((), help="symbols")

    def slips(self):
        for at, symbol in enumerate(self.stocks):
            if symbol not in TABLE:
                yield Slip(("stocks", at), f"there is no '{symbol}'", "see table.yaml")

class Desk(Source):
    """A package."""
    name = "desk"
    section = "desk"
    Params = Params
    writes = {"book": Key("desk:{symbol}:book", over="stocks", ttl=60)}

    async def run(self, context):
        """Nothing by itself."""
''',
}
READER = '''
from quanticity.api import Analytic, Key
class Reader(Analytic):
    """Reads."""
    name = "reader"
    reads = {"book": Key("desk:{symbol}:book", 60)}
    writes = {"out": Key("analytics:reader:{symbol}")}
    def compute(self, inputs, state, now):
        return {}, state
'''


def project(folder: Path, config: str) -> Path:
    (folder / "config").mkdir()
    (folder / "config" / "data_sources.yaml").write_text(config)
    (folder / "plugins" / "desk").mkdir(parents=True)
    for name, text in MODULES.items():
        (folder / "plugins" / "desk" / name).write_text(text)
    (folder / "plugins" / "reader.py").write_text(READER)
    return folder


def bound(folder: Path, folders: PluginFolders) -> tuple[set[str], list[str]]:
    found = bindings_of(load(folder / "config", "dev", {}), folders.refresh())
    return {one.id for one in found.bindings}, [str(one) for one in found.problems]


def test_a_mistake_that_only_the_table_shows_is_told_with_its_line(tmp_path: Path):
    folder = project(tmp_path, CONFIG)
    ids, problems = bound(folder, PluginFolders([folder / "plugins"], installed=False))
    assert "desk" not in ids
    assert "data_sources.yaml:5:22: there is no 'SPYY'; see table.yaml" in problems


def test_readers_are_bound_for_each_of_its_symbols_and_a_table_is_part_of_the_plugin(
    tmp_path: Path,
):
    folder = project(tmp_path, CONFIG)
    folders = PluginFolders([folder / "plugins"], installed=False)
    bound(folder, folders)
    before = signature(folders.folders)
    (folder / "plugins" / "desk" / "table.yaml").write_text("SPY: 1\nQQQ: 2\nSPYY: 3\n")
    assert signature(folders.folders) != before
    ids, problems = bound(folder, folders)
    assert problems == []
    assert {"desk", "reader:SPY", "reader:QQQ"} <= ids


class Pair(Spec):
    """Two figures that must fit."""

    low: int = field(0, help="the lower one")
    high: int = field(1, help="the upper one")

    def slips(self) -> Iterable[Slip]:
        if self.low > self.high:
            yield Slip(("low",), f"low is {self.low}, above high", f"at most {self.high}")


def test_what_is_right_field_by_field_may_be_wrong_as_a_whole():
    from quanticity.spec import validate

    value, slips = validate(Pair, {"low": 3}, lambda path: ("f.yaml", 7, 1), ("pair",))
    assert value is None
    assert [str(one) for one in slips] == ["f.yaml:7:1: low is 3, above high; at most 1"]
    assert validate(Pair, {"low": 1}, lambda path: ("f.yaml", 7, 1))[0] == Pair(low=1)
