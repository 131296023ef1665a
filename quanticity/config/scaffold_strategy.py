"""What `new strategy` writes. Words in capitals are filled in."""

from __future__ import annotations

PLUGIN = '''\
"""One line: what this strategy waits for, and what it then wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from quanticity.api import (
    ExitPlan,
    Inputs,
    Instrument,
    Intent,
    Key,
    Kind,
    OnChange,
    Passed,
    Reason,
    Spec,
    Strategy,
    field,
)


class CLASSParams(Spec):
    """What its file in config/strategies may set."""

    least: int = field(2, help="rows that make it want something", unit="rows", ge=1)
    pause: float = field(300, help="least time between two signals", unit="seconds", ge=0)
    risk: float = field(0.01, help="most of the equity that one trade may lose", gt=0, le=0.05)


class Memory(msgspec.Struct):
    """What it remembers from run to run, and over a restart."""

    signalled_at: float = 0.0


class CLASS(Strategy):
    """Wants the stock when the body has enough rows."""

    name = "NAME"
    Params = CLASSParams
    State = Memory
    reads = {"body": Key("KEY", AGE)}
    writes = {
        **Strategy.writes,
        "log": Key("logs:signals:NAME", kind=Kind.EVENTS, ttl=7 * 86_400, cap=5000),
    }
    trigger = OnChange("body", at_most_every=1.0)

    def decide(
        self, inputs: Inputs, state: Memory, now: float
    ) -> tuple[Sequence[Intent | Passed], Memory]:
        """Pure: no clock, no network, no chance. Its wishes are judged by others."""
        symbol = self.values["symbol"]
        rows = _rows(inputs.body.data)
        enough = Reason("enough_rows", rows >= self.params.least, f"{rows} rows")
        if not enough.held:
            return [Passed(symbol, "too few rows", (enough,))], state
        if now - state.signalled_at < self.params.pause:
            return [], state
        intent = Intent(
            symbol=symbol,
            direction="long",
            instrument=Instrument(symbol),
            confidence=0.5,
            triggers=(enough,),
            risk=self.params.risk,
            exits=ExitPlan(stop_loss=0.02, time_stop="15:55"),
        )
        return [intent], Memory(signalled_at=now)


def _rows(body: Any) -> int:
    rows = body.get("data") if isinstance(body, Mapping) else body
    return len(rows) if isinstance(rows, Sequence) and not isinstance(rows, str) else 0
'''

TEST = '''\
"""What `plugins/strategies/NAME.py` wants, and when."""

from plugins.strategies.NAME import CLASS
from quanticity.testing import Harness, contract_suite

VALUES = {"symbol": "SYMBOL"}
BODY = {"data": [{"price": "1.5"}, {"price": "1.6"}]}


def test_enough_rows_make_one_signal_and_then_a_pause():
    harness = Harness(CLASS, values=VALUES)
    harness.give("body", BODY)
    harness.run()
    harness.advance(2)
    harness.give("body", BODY)
    harness.run()
    (signal,) = harness.events("pending")
    assert (signal["symbol"], signal["direction"]) == ("SYMBOL", "long")
    assert signal["triggers"][0]["detail"] == "2 rows"


def test_too_few_rows_are_told_in_its_log():
    harness = Harness(CLASS, values=VALUES)
    harness.give("body", {"data": []})
    harness.run()
    assert harness.events("pending") == ()
    assert harness.events("log")[0]["reason"] == "too few rows"


def test_it_keeps_the_contract():
    contract_suite(CLASS, values=VALUES, given={"body": BODY})
'''

FILE = """\
# yaml-language-server: $schema=../schema.strategy.json
description: "What it waits for, and what it then wants"
enabled: false # true once it does what it should
symbols: [SYMBOL] # or the name of a symbol group
params: {least: 2}
risk: {per_trade: 0.01, per_day: 0.03}
tests: # `check` runs them
  - name: enough rows
    at: 2026-01-05 12:00
    symbol: SYMBOL
    inputs: {body: {data: [{price: "1.5"}, {price: "1.6"}]}}
    expect: {signals: 1, direction: long}
  - name: too few rows
    at: 2026-01-05 12:00
    symbol: SYMBOL
    inputs: {body: {data: []}}
    expect: {signals: 0, reason: too few rows}
"""
