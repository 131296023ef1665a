"""Components that are bound and can do nothing were shown as being on."""

from __future__ import annotations

from pathlib import Path

import pytest

from quanticity.config.loader import load
from quanticity.runtime.whole import Whole, whole_of
from tests.runtime.project import project

CONFIG = """\
data_sources:
  paid:
    base_url: "http://127.0.0.1:9"
    auth: {type: bearer, token_env: PAID_TOKEN}
    endpoints:
      chain: &feed
        path: "/chain/{symbol}"
        symbols: [SPY]
        interval_seconds: 60
        redis_key: "raw:paid:chain:{symbol}"
        ttl_seconds: 60
  free:
    base_url: "http://127.0.0.1:9"
    endpoints:
      news: {<<: *feed, path: "/news/{symbol}", redis_key: "raw:free:news:{symbol}"}
components:
  needs: {symbols: [SPY]}
  further: {symbols: [SPY]}
  either: {symbols: [SPY]}
  both: {symbols: [SPY]}
  clocked: {symbols: [SPY]}
  teller: {enabled: true, params: {address_env: TELLER_ADDRESS}}
"""
PLUGIN = '''
from quanticity.api import Analytic, Distributor, Every, Key, Kind, Spec, field

class Needs(Analytic):
    """Works on a feed."""

    name = "needs"
    reads = {"chain": Key("raw:paid:chain:{symbol}", 60)}
    writes = {"out": Key("analytics:needs:{symbol}"), "log": Key("logs:all", kind=Kind.EVENTS)}

    def compute(self, inputs, state, now):
        return {}, state

class Further(Needs):
    """Works on what another one makes."""

    name = "further"
    reads = {"needs": Key("analytics:needs:{symbol}", 60)}
    writes = {"out": Key("analytics:further:{symbol}")}

class Either(Needs):
    """Runs when any of two changes, and neither can."""

    name = "either"
    reads = {
        "chain": Key("raw:paid:chain:{symbol}", 60, optional=True),
        "needs": Key("analytics:needs:{symbol}", 60, optional=True),
    }
    writes = {"out": Key("analytics:either:{symbol}")}

class Both(Needs):
    """Runs when any of two changes, and one can."""

    name = "both"
    reads = {
        "chain": Key("raw:paid:chain:{symbol}", 60, optional=True),
        "news": Key("raw:free:news:{symbol}", 60, optional=True),
    }
    writes = {"out": Key("analytics:both:{symbol}"), "log": Key("logs:all", kind=Kind.EVENTS)}

class Clocked(Needs):
    """Runs by the clock, whatever is there."""

    name = "clocked"
    trigger = Every(5)
    reads = {"chain": Key("raw:paid:chain:{symbol}", 60, optional=True)}
    writes = {"out": Key("analytics:clocked:{symbol}")}

class Reader(Needs):
    """Reads what several write, of whom one can."""

    name = "reader"
    reads = {"log": Key("logs:all", kind=Kind.EVENTS)}
    writes = {"out": Key("analytics:reader")}

class Address(Spec):
    address_env: str = field(help="names the variable", example="TELLER_ADDRESS")

class Teller(Distributor):
    """Tells somebody."""

    name = "teller"
    Params = Address
    reads = {"log": Key("logs:all", kind=Kind.EVENTS)}
    secrets = ("address_env",)

    async def deliver(self, message, context):
        raise NotImplementedError
'''


@pytest.fixture
def home(tmp_path: Path) -> Path:
    project(tmp_path, CONFIG, {"own": PLUGIN})
    return tmp_path


def whole(home: Path, **environ: str) -> Whole:
    return whole_of(load(home / "config", "dev", environ))


def own(found: Whole) -> dict[str, str]:
    """Of the components of this test."""
    names = ("needs", "further", "either", "both", "clocked", "reader", "teller")
    return {one: why for one, why in found.lacking.items() if one.partition(":")[0] in names}


def test_a_component_whose_feeds_are_off_was_shown_as_on(home: Path) -> None:
    off = "paid.chain, which is off: PAID_TOKEN is not set"
    assert own(whole(home, TELLER_ADDRESS="x")) == {
        "needs:SPY": f"waits for {off}",
        "further:SPY": "waits for needs:SPY, which does not run either",
        "either:SPY": "waits for needs:SPY, which does not run either; "
        "or for raw:paid:chain:SPY, likewise",
    }


def test_with_its_key_all_is_on(home: Path) -> None:
    assert own(whole(home, PAID_TOKEN="k", TELLER_ADDRESS="x")) == {}


def test_a_channel_without_its_secret_was_shown_as_on(home: Path) -> None:
    found = whole(home, PAID_TOKEN="k")
    assert own(found) == {"teller": "TELLER_ADDRESS is not set"}
    (told,) = [str(one) for one in found.problems if "teller" in one.message]
    said = "teller can do nothing: TELLER_ADDRESS is not set; set it in the environment or in .env"
    assert told == f"data_sources.yaml:22:3: warning: {said}"


def test_a_secret_that_is_no_parameter_is_a_mistake_of_the_plugin(home: Path) -> None:
    file = home / "plugins" / "own.py"
    file.write_text(PLUGIN.replace('("address_env",)', '("adress_env",)'))
    (told,) = [str(one) for one in whole(home).problems if "secrets" in one.message]
    assert "Teller.secrets is ('adress_env',); names of its Params" in told
