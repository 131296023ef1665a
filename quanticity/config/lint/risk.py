"""No strategy risks more than the config allows for all."""

from __future__ import annotations

from collections.abc import Iterator

from quanticity.config.lint.context import Checked
from quanticity.errors import Problem

_CAPS = {"per_trade": "one trade", "per_day": "one day"}


def check_risk(config: Checked) -> Iterator[Problem]:
    """Strategies beyond `risk_management`, and a warning that would come after the end."""
    most = config.root.risk_management
    if most.warn_per_day >= most.per_day:
        said = f"the warning at {most.warn_per_day:g} comes no sooner than the end at per_day"
        yield config.error(("risk_management", "warn_per_day"), said, f"less than {most.per_day:g}")
    for title, strategy in config.root.strategies.items():
        for name, what in _CAPS.items():
            own, cap = getattr(strategy.risk, name), getattr(most, name)
            if own is not None and own > cap:
                said = f"{title} may lose {own:g} of the equity in {what}, all are held to {cap:g}"
                hint = f"lower it, or raise risk_management.{name}"
                yield config.error(("strategies", title, "risk", name), said, hint)
