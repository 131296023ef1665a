"""Faults come in the order asked for, then at their rates, and only where they are wanted."""

from random import Random

import pytest

from quanticity.sim.vendors.faults import Fault, Faults


def test_injected_faults_come_first_and_once():
    faults = Faults()
    faults.inject(Fault.DROP, Fault.TRUNCATE)
    drawn = [faults.draw("/x", Random(1)) for _ in range(3)]
    assert drawn == [Fault.DROP, Fault.TRUNCATE, None]


def test_rates_are_kept():
    faults = Faults(rates={Fault.SERVER_ERROR: 0.2, Fault.SLOW: 0.1})
    random = Random(7)
    drawn = [faults.draw("/x", random) for _ in range(5000)]
    assert drawn.count(Fault.SERVER_ERROR) / 5000 == pytest.approx(0.2, abs=0.02)
    assert drawn.count(Fault.SLOW) / 5000 == pytest.approx(0.1, abs=0.02)


def test_other_paths_are_left_alone():
    faults = Faults(path_contains="/chains")
    faults.inject(Fault.DROP)
    assert faults.draw("/api/news", Random(1)) is None
    assert faults.draw("/api/chains", Random(1)) is Fault.DROP
