"""What the tests of a plugin are written with.

`Harness` runs one component as live, with time in the test's hand. `Stage` is the world of an
edge. `contract_suite` puts any component to the test: that it is pure, keeps to its keys, bears
missing figures, gives the same bytes again, and is quick enough. Chains, books and tapes to
write down are in `samples`, those that hypothesis makes up in `markets`.
"""

from quanticity.clock import VirtualClock, run_virtual
from quanticity.testing.contract import BrokenContract, contract_suite
from quanticity.testing.harness import MONDAY, Harness, Ran
from quanticity.testing.stage import Stage, answer, message

__all__ = [
    "MONDAY",
    "BrokenContract",
    "Harness",
    "Ran",
    "Stage",
    "VirtualClock",
    "answer",
    "contract_suite",
    "message",
    "run_virtual",
]
