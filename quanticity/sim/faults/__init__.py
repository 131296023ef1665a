"""What goes wrong on purpose, by name, for vendors and gateway alike."""

from quanticity.sim.faults.catalog import CATALOG
from quanticity.sim.faults.fault import Fault, Where
from quanticity.sim.faults.plan import FaultPlan
from quanticity.sim.faults.ports import Faults, NoFaults
from quanticity.sim.faults.rule import Rule
from quanticity.sim.faults.written import shipped as shipped_plans

__all__ = ["CATALOG", "Fault", "FaultPlan", "Faults", "NoFaults", "Rule", "Where", "shipped_plans"]
