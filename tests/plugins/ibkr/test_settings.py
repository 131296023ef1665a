"""The section `ibkr`: what is wrong in it is told with its line and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.ibkr.settings import GROUPS, IbkrParams
from quanticity.config.loader import load
from quanticity.runtime.bindings import bindings_of
from quanticity.runtime.loader import PluginFolders

ROOT = Path(__file__).parents[3]


def problems(folder: Path, section: str) -> list[str]:
    config = folder / "config"
    config.mkdir()
    text = f"data_sources: {{}}\ncomponents: {{ibkr: {{enabled: true}}}}\nibkr:\n{section}"
    (config / "data_sources.yaml").write_text(text)
    plugins = PluginFolders([ROOT / "plugins"], installed=False).refresh()
    found = bindings_of(load(config, "prod", {}), plugins)
    running = any(one.component.name == "ibkr" for one in found.bindings)
    said = [str(one) for one in found.problems if "data_sources.yaml" in str(one)]
    assert running != bool(said), said
    return said


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (
            "  stocks: [SPY, SPYY]\n",
            "data_sources.yaml:4:17: there is no instrument 'SPYY'; did you mean 'SPY'?",
        ),
        (
            "  stocks:\n    - SPY\n    - ES\n",
            "data_sources.yaml:6:7: ES is of another kind: future; its place is futures",
        ),
        (
            "  indices: [SPX]\n  depth: [SPX]\n",
            "data_sources.yaml:5:11: SPX has no book: its proxy is SPY",
        ),
        (
            "  indices: [VIX]\n  ticks: [VIX]\n",
            "data_sources.yaml:5:11: VIX has no tick-by-tick data",
        ),
        (
            "  stocks: [SPY]\n  bars: [QQQ]\n",
            (
                "data_sources.yaml:5:10: QQQ is in none of the lists of instruments; "
                "list it there, too"
            ),
        ),
        (
            "  options: [SPY]\n",
            (
                "data_sources.yaml:4:13: options of SPY need its price; "
                "list it below stocks or indices"
            ),
        ),
        (
            "  client_id: 5\n  order_client_id: 5\n",
            (
                "data_sources.yaml:4:3: the connections for data and for orders have one id; "
                "the second of one id is refused (error 326)"
            ),
        ),
        (
            "  prot: 4002\n",
            "data_sources.yaml:4:3: unknown field 'prot'; did you mean 'port'?",
        ),
        (
            "  contracts: {MES: {family: cmee}}\n",
            "data_sources.yaml:4:21: there is no family 'cmee'; did you mean 'cme'?",
        ),
        (
            "  contracts: {MES: {family: [cme]}}\n",
            "data_sources.yaml:4:21: 'family' should be text, not ['cme']; for example \"cme\"",
        ),
        (
            "  contracts: {MES: {familly: cme}}\n",
            "data_sources.yaml:4:21: unknown field 'familly'; did you mean 'family'?",
        ),
        (
            "  contracts: {MES: {family: cme, multiplier: -5}}\n",
            "data_sources.yaml:4:34: 'multiplier' should be greater than or equal to 0, not -5",
        ),
        (
            "  contracts: {DAX: {zone: Mars/Base}}\n",
            "data_sources.yaml:4:21: there is no zone 'Mars/Base'; for example Europe/Berlin",
        ),
        (
            "  contracts: {SPX: {proxy: SPYY}}\n",
            "data_sources.yaml:4:21: there is no instrument 'SPYY'; did you mean 'SPY'?",
        ),
        (
            '  contracts: {"a b:c": {}}\n',
            "data_sources.yaml:4:15: 'a b:c' cannot be a name; letters and digits will do",
        ),
        (
            "  priority: [stocks, bonds]\n",
            f"data_sources.yaml:4:22: no group 'bonds'; there is {', '.join(GROUPS)}",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, section: str, said: str):
    assert problems(tmp_path, section) == [said]


def test_an_instrument_of_ones_own_is_taken(tmp_path: Path):
    section = "  contracts: {MES: {family: cme, multiplier: 5}}\n  futures: [ES, MES]\n"
    assert problems(tmp_path, section) == []


def test_what_ships_is_right_and_has_every_instrument():
    section = load(ROOT / "config", "demo", {}).sections["ibkr"]
    params = IbkrParams(**section)
    assert list(params.slips()) == []
    assert len(params.all_symbols) == 62
    assert set(params.depth) <= set(params.stocks)
