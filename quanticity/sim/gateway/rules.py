"""Market rules: the steps of prices, by the ids that contract details name."""

from __future__ import annotations

from quanticity.sim.gateway.securities import Security
from quanticity.sim.market.universe import UNIVERSE

Steps = tuple[tuple[float, float], ...]

_PENNY, _OPTION, _FIRST = 26, 109, 1000
_TICKS = sorted({each.tick for each in UNIVERSE} - {0.01})
RULES: dict[int, Steps] = {
    _PENNY: ((0.0, 0.01),),
    _OPTION: ((0.0, 0.01), (3.0, 0.05)),
    **{_FIRST + number: ((0.0, tick),) for number, tick in enumerate(_TICKS)},
}


def rule_of(security: Security) -> int:
    """The id of a contract's rule."""
    if security.is_option:
        return _OPTION
    return _FIRST + _TICKS.index(security.tick) if security.tick in _TICKS else _PENNY


def steps_of(security: Security) -> Steps:
    """From which price on which step holds."""
    return RULES[rule_of(security)]
