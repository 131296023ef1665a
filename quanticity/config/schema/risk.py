"""What all strategies together are held to."""

from __future__ import annotations

from quanticity.spec import Spec, field


class ExposureLimits(Spec):
    """How far the Greeks of all positions may go."""

    delta: float = field(2000, gt=0, unit="shares", help="the most delta, either way")
    gamma: float = field(500, gt=0, unit="shares per $1", help="the most gamma, either way")
    theta: float = field(400, gt=0, unit="USD", help="the most that a day may cost")


class RiskManagement(Spec):
    """What no strategy may go beyond, whatever its own file says: `check` refuses one that does."""

    per_trade: float = field(
        0.05, gt=0, le=1, help="most of the equity that one trade may lose, as a fraction"
    )
    per_day: float = field(
        0.06, gt=0, le=1, help="most of the equity that a day may lose, as a fraction"
    )
    warn_per_day: float = field(
        0.04, gt=0, le=1, help="loss of a day from which people are told, below per_day"
    )
    exposure: ExposureLimits = field(
        ExposureLimits(), help="most of the portfolio's Greeks, told by portfolio_greeks"
    )
