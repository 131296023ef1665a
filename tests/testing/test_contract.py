"""The contract suite finds each way to break the contract, and where it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from plugins.analytics.book_quality import BookQuality
from plugins.analytics.exposure import DelayedExposure, Exposure
from plugins.analytics.gex_shift import GexShift
from quanticity.component import Component
from quanticity.testing import BrokenContract, contract_suite
from tests.testing import bad

GIVEN = {"price": {"p": 2.0}, "prints": [{"n": 1}, {"n": 2}]}


def findings(component: type[Component], **more: Any) -> list[str]:
    asked = {"values": {"symbol": "SPY"}, "given": GIVEN, **more}
    with pytest.raises(BrokenContract) as broken:
        contract_suite(component, **asked)
    return list(broken.value.findings)


def test_one_that_keeps_it():
    contract_suite(bad.Good, values={"symbol": "SPY"}, given=GIVEN)


@pytest.mark.parametrize("component", [Exposure, DelayedExposure, BookQuality])
def test_what_ships_keeps_it(component: type[Component]):
    contract_suite(component, values={"symbol": "SPY"})


def test_whole_numbers_in_a_default_gave_other_bytes_than_the_same_from_a_file():
    body = {"total": 1.0e9, "reason": None}
    contract_suite(GexShift, given={"gex": dict.fromkeys(("SPX", "SPY", "QQQ", "IWM"), body)})


@pytest.mark.parametrize(
    ("component", "said"),
    [
        (bad.WallClock, "reads the clock or the machine's time zone (time.time)"),
        (bad.ClockByAnotherName, "reads the clock or the machine's time zone (time.time)"),
        (bad.Monotonic, "reads the clock or the machine's time zone (time.perf_counter)"),
        (bad.Now, "reads the clock (datetime.now)"),
        (bad.Today, "reads the clock (date.today)"),
        (bad.Chance, "draws random numbers (random.random)"),
        (bad.UnseededNumpy, "draws random numbers (os.urandom)"),
        (bad.ChanceOfTheSystem, "draws random numbers (os.urandom)"),
        (bad.Identifier, "draws random numbers (os.urandom)"),
        (bad.Network, "uses the network (socket.__new__)"),
        (bad.WritesAFile, "opens a file (open)"),
        (bad.ReadsAFile, "opens a file (open)"),
        (bad.Environment, "reads the environment (os.environ)"),
        (bad.Process, "starts a process (subprocess.Popen)"),
        (bad.Thread, "starts a thread"),
        (bad.Sleeps, "sleep"),
    ],
)
def test_what_is_not_pure_is_told_with_its_line(component: type[Component], said: str):
    found = findings(component)
    line = next((one for one in found if said in one), "")
    assert line, found
    place = re.search(r" at (\S+):(\d+): a pure component", line)
    assert place is not None, line
    assert place[1] == bad.__file__
    name = component.__name__
    source = Path(bad.__file__).read_text().splitlines()
    above = [text for text in source[: int(place[2])] if text.startswith("class ")]
    assert above[-1] == f"class {name}(Good):"


def test_the_generator_that_all_share_is_seen_to_move():
    assert "draws random numbers (numpy.random)" in findings(bad.ChanceOfNumpy)[0]


@pytest.mark.parametrize(
    ("component", "place"),
    [
        (bad.AppendsToAGlobal, "SEEN"),
        (bad.ChangesWhatAGlobalHolds, "COUNTS"),
        (bad.SetsAGlobal, "total"),
        (bad.KeepsItOnItself, "self.count"),
        (bad.KeepsItOnItsClass, "KeepsItOnItsClass.runs"),
        (bad.KeepsItInADefault, "KeepsItInADefault.figure()"),
    ],
)
def test_what_a_run_leaves_behind_is_named(component: type[Component], place: str):
    assert findings(component) == [f"a run changes {place}: what it remembers is its State"]


def test_figures_that_differ_are_shown():
    assert "a second time the same inputs give another 'out'" in findings(bad.HiddenClock)[0]
    (zone,) = findings(bad.TimeZone)
    assert zone.startswith("in a process of its own the same inputs give another 'out': ")
    (order,) = findings(bad.OrderOfASet)
    assert order.startswith("in a process of its own the same inputs give another 'out': ")


def test_a_default_that_is_not_what_a_file_would_give():
    (found,) = findings(bad.Half)
    assert "another 'out'" in found
    assert "3.0" in found


@pytest.mark.parametrize(
    ("component", "said"),
    [
        (bad.UndeclaredInput, "it reads 'chain' but declares price, prints"),
        (bad.UndeclaredOutput, "it writes 'other' but declares out, told"),
        (bad.NotANumber, "'out' (feed:out:SPY): $.more is not a finite number"),
        (bad.ChangesItsInput, "'mappingproxy' object does not support item assignment"),
    ],
)
def test_a_broken_word_is_told(component: type[Component], said: str):
    (found,) = findings(component)
    assert found.startswith("it fails on its examples: ")
    assert said in found
    assert "bad.py:" in found


def test_missing_figures_that_make_it_fail():
    found = findings(bad.TrustsItsVendor)
    assert found[0].startswith("it fails where price: $.p is null: trustsitsvendor:SPY: TypeError")
    assert any(one.startswith("it fails where price: $.p is missing: ") for one in found)
    (events,) = findings(bad.NeedsEvents)
    assert events.startswith("it fails where prints is not there: ")
    assert "IndexError" in events


def test_more_time_than_it_may_take():
    (slow,) = findings(bad.Slow)
    assert re.match(r"a run takes 0\.\d+ s, and its time budget is 0\.05 s", slow)
    (hangs,) = findings(bad.Hangs)
    assert re.match(
        r"a run takes longer than its time budget of 0\.2 s: it was at .*bad\.py:", hangs
    )


def test_the_end_of_its_process_is_not_the_end_of_the_test():
    assert findings(bad.Ends) == ["it ends its process: exit status 3"]


def test_a_class_that_no_other_process_finds():
    class Local(bad.Good):
        name = "local"

    (found,) = findings(Local)
    assert "stands inside a function, where no other process finds it" in found


def test_a_declaration_is_looked_at_first():
    found = findings(bad.Misspelt)
    line = next(one for one in found if "Misspelt has no method compute" in one)
    assert "comptue" in line
    assert "bad.py:" in line


def test_examples_have_to_fit():
    with pytest.raises(AssertionError, match="give an example of 'price': nobody knows"):
        contract_suite(bad.Good, values={"symbol": "SPY"})
    with pytest.raises(AssertionError, match="does not read prcie; it reads price, prints"):
        contract_suite(bad.Good, values={"symbol": "SPY"}, given={**GIVEN, "prcie": 1})
    (never,) = findings(BookQuality, given={"book": 7})
    assert never.startswith("it never ran on its examples: book (market:SPY:book) cannot be read")
