"""Each scenario is the day that it is named after, and differs from a quiet one by that alone."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from quanticity.errors import ConfigError
from quanticity.sim.market import Scenario, World, scenarios
from quanticity.sim.market.factors import LAST
from quanticity.sim.market.scenario import named
from tests.sim.market.markets import CALENDAR, CLOSE, MONDAY, MORNING, sure, world

ROOT = Path(__file__).parents[3]
OPEN = MORNING - 1800
QUIET = world()
NAMES = ("quiet", "trend", "pin", "squeeze", "crash", "halt", "gap")


def day_of(name, symbol="SPX"):
    return world(name).prices_at(symbol, np.arange(OPEN, CLOSE + 1, 60.0))


def roughness(name, symbol="SPX"):
    return np.diff(np.log(day_of(name, symbol))).std()


def shares_of_calls(name):
    prints = world(name).option_tape.trades("SPY", MORNING + 3600, MORNING + 3600 + 900)
    return prints.size[prints.is_call].sum() / prints.size.sum()


def test_all_scenarios_ship_and_say_what_ought_to_act():
    found = scenarios()
    assert tuple(found) == NAMES
    for scenario in found.values():
        assert scenario.about
        assert ";" in scenario.acts or scenario.acts


def test_the_documents_say_of_each_scenario_what_its_file_says():
    page = (ROOT / "docs" / "simulated-market.md").read_text(encoding="utf-8")
    for name, scenario in scenarios().items():
        assert f"| `{name}` | {scenario.about} |" in page


def test_on_a_quiet_day_little_happens():
    path = day_of("quiet")
    assert path.max() / path.min() < 1.02
    at = np.arange(OPEN, CLOSE, 60.0).tolist()
    assert not any(QUIET.halted(symbol, moment) for symbol in ("SPY", "NVDA") for moment in at)


def test_a_trend_rises_to_the_close_with_little_against_it():
    path = day_of("trend")
    base = day_of("quiet")
    assert path[-1] / path[0] > base[-1] / base[0] + 0.012
    straight = np.linspace(path[0], path[-1], len(path))
    assert np.corrcoef(path, straight)[0, 1] > 0.9
    assert world("trend").day_volume("SPY", MONDAY) > 1.2 * QUIET.day_volume("SPY", MONDAY)


def test_a_pin_holds_the_index_at_a_strike():
    path = day_of("pin")
    strike = round(path[-1] / 10) * 10
    assert abs(path[-1] - strike) < 1.5
    assert np.ptp(path[-60:]) < np.ptp(day_of("quiet")[-60:])
    assert world("pin").close("SPX", MONDAY) == pytest.approx(path[-1], abs=0.0051)
    assert world("pin").price("SPY", CLOSE) == pytest.approx(strike / 10, abs=0.15)


def test_a_squeeze_rises_ever_faster_and_calls_are_bought():
    path, base = np.log(day_of("squeeze")), np.log(day_of("quiet"))
    added = (path - path[0]) - (base - base[0])
    assert added[-1] > 0.02
    first, second = added[187] - added[60], added[315] - added[187]  # halves of 10:30 to 14:45
    assert second > 2 * first
    assert shares_of_calls("squeeze") > shares_of_calls("quiet") + 0.15
    squeezed, usual = (
        len(world(name).chains.contracts.bursts("NVDA", MONDAY)) for name in ("squeeze", "quiet")
    )
    assert squeezed > 2 * usual


def test_a_crash_falls_with_volatility_volume_spreads_and_puts_up():
    crash = world("crash")
    path, base = day_of("crash"), day_of("quiet")
    assert path[-1] / path[0] < base[-1] / base[0] - 0.045
    assert roughness("crash") > 1.6 * roughness("quiet")
    assert day_of("crash", "VIX")[-1] > 1.3 * day_of("quiet", "VIX")[-1]
    assert crash.day_volume("SPY", MONDAY) > 2.3 * QUIET.day_volume("SPY", MONDAY)
    assert shares_of_calls("crash") < shares_of_calls("quiet") - 0.15
    at = MORNING + 7200
    wide = [sure(w.books.quote("SPY", at)) for w in (crash, QUIET)]
    assert wide[0].ask - wide[0].bid > 1.5 * (wide[1].ask - wide[1].bid)
    level = [w.atm_vol("SPX", 1 / 12, MONDAY, CLOSE - 60) for w in (crash, QUIET)]
    assert level[0] > 1.4 * level[1]
    puts = [w.chain("SPX", CLOSE - 60)[3] for w in (crash, QUIET)]
    skew = [float((p.put.iv[0] - p.put.iv[len(p.strikes) // 2]) / p.put.iv.mean()) for p in puts]
    assert skew[0] > skew[1]


def test_a_gap_is_there_at_the_open_and_partly_won_back():
    gap = World(7, CALENDAR, "gap", on=MONDAY)
    before = gap.close("SPX", gap.before(MONDAY))
    path = np.log(gap.prices_at("SPX", np.arange(OPEN, CLOSE + 1, 60.0)))
    base = np.log(day_of("quiet"))
    assert path[0] - base[0] == pytest.approx(-0.03, abs=0.012)
    assert path[0] < np.log(before) - 0.01
    assert (path[-1] - base[-1]) > (path[0] - base[0]) + 0.005


def test_in_a_halt_nothing_trades_no_book_stands_and_prices_hold():
    halt = world("halt")
    for symbol, begins, minutes in (("NVDA", MORNING + 900, 10), ("SPY", MORNING + 12_600, 15)):
        ends = begins + 60 * minutes
        assert not halt.halted(symbol, begins - 1)
        assert halt.halted(symbol, begins)
        assert not halt.trading(symbol, ends - 1)
        assert halt.trading(symbol, ends)
        assert len(halt.tape.prints(symbol, begins, ends)) == 0
        assert len(halt.tape.prints(symbol, ends, ends + 60)) > 0
        assert halt.books.book(symbol, begins + 1) is None
        assert len(sure(halt.books.book(symbol, ends)).bids) == 10
        assert halt.price(symbol, begins + 1) == halt.price(symbol, ends - 1)
        assert halt.bar(symbol, begins, ends)[0] == halt.price(symbol, begins + 1)
        span = sure(halt.sessions.at("stocks", MORNING))
        total = halt.tape.done(symbol, span, span.end)
        assert total == halt.day_volume(symbol, MONDAY)
    assert halt.trading("SPY", MORNING + 960)
    assert halt.trading("ES", MORNING + 12_700)


def test_a_scenario_of_one_day_leaves_all_days_before_it_as_they_are():
    other = World(7, CALENDAR, "crash", on=MONDAY)
    friday = MONDAY - timedelta(days=3)
    assert other.close("SPX", friday) == QUIET.close("SPX", friday)
    assert other.day_volume("SPY", friday) == QUIET.day_volume("SPY", friday)
    assert other.close("SPX", MONDAY) < 0.96 * QUIET.close("SPX", MONDAY)
    tuesday = QUIET.day_of(MONDAY + timedelta(days=1))
    assert other.price("SPX", tuesday.opens + 60) == QUIET.price("SPX", tuesday.opens + 60)


def test_the_market_stays_in_one_piece_in_every_scenario():
    for name in NAMES:
        market = world(name)
        for at in (OPEN + 60, MORNING + 7200, CLOSE - 60):
            assert market.price("SPX", at) == pytest.approx(10 * market.price("SPY", at), rel=1e-3)
            basis = market.price("ES", at) / market.price("SPX", at)
            assert basis == pytest.approx(1.008, abs=2e-3)
        closes = market.daily("SPY", MONDAY)
        assert closes[2] <= min(closes[0], closes[3]) <= max(closes[0], closes[3]) <= closes[1]


def test_a_scenario_of_ones_own_may_be_handed_over():
    calm = Scenario(about="nothing happens", volatility=0.1)
    path = World(7, CALENDAR, calm).prices_at("SPX", np.arange(OPEN, CLOSE, 60.0))
    assert np.diff(np.log(path)).std() < 0.3 * roughness("quiet")


def test_an_unknown_scenario_is_named_with_the_nearest():
    with pytest.raises(ConfigError, match=r"no scenario 'crsh'; did you mean 'crash'\?"):
        World(7, CALENDAR, "crsh")
    with pytest.raises(ConfigError, match=r"no scenario 'x'; there are quiet, trend, "):
        World(7, CALENDAR, "x")


def test_a_file_holds_a_scenario_of_ones_own(tmp_path):
    path = tmp_path / "oil.yaml"
    path.write_text(
        "about: oil alone falls\n"
        "moves:\n"
        '  - {factor: oil, start: "10:00", end: "12:00", change: -0.1}\n',
        encoding="utf-8",
    )
    oil = World(7, CALENDAR, str(path), on=MONDAY)
    at = MORNING + 3 * 3600
    assert oil.price("CL", at) / QUIET.price("CL", at) < 0.93
    assert oil.price("SPX", at) == pytest.approx(QUIET.price("SPX", at), rel=0.01)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("volatilty: 2", "volatilty"),
        ("volume: -1", "volume"),
        ("flow: {buyers: 3}", "buyers"),
        ('moves: [{factor: marke, start: "10:00", end: "11:00", change: 1}]', "'market'"),
        ('moves: [{factor: oil, start: "12:00", end: "11:00", change: 1}]', "ends at 11:00"),
        ('halts: [{symbols: [SPY], start: "25:00"}]', "start"),
        ("about: twice", "about"),
    ],
)
def test_a_wrong_scenario_is_told_with_its_line(tmp_path, wrong, told):
    alone, many = tmp_path / "alone.yaml", tmp_path / "many.yaml"
    alone.write_text(f"about: a day\n{wrong}\n", encoding="utf-8")
    many.write_text(f"scenarios:\n  mine:\n    about: a day\n    {wrong}\n", encoding="utf-8")
    for line, load in ((2, lambda: named(str(alone))), (4, lambda: scenarios(many))):
        with pytest.raises(ConfigError) as caught:
            load()
        (problem,) = caught.value.problems
        assert problem.line == line
        assert told in str(problem)


def test_a_push_without_bounds_made_prices_of_nothing(tmp_path):
    path = tmp_path / "far.yaml"
    path.write_text(
        'about: x\nmoves: [{factor: oil, start: "10:00", end: "11:00", change: 1e9}]\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match=r"far.yaml:2:\d+: 'change' should be less than"):
        named(str(path))


def test_a_scenario_that_was_no_yaml_was_told_to_lack_a_field(tmp_path):
    path = tmp_path / "torn.yaml"
    for written in (b"about: [1, 2\n", b"\xff\xfe\x00", b"- about: x\n", b"about: x\nabout: y\n"):
        path.write_bytes(written)
        with pytest.raises(ConfigError) as caught:
            named(str(path))
        assert "is missing" not in str(caught.value)


def test_the_last_days_of_the_market_were_left_out_for_leap_days():
    last = int(CALENDAR.trading_days(LAST - timedelta(days=5), LAST)[-1].closes)
    assert QUIET.price("SPX", last) > 0
