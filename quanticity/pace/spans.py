"""The windows of a budget as a ledger counts them."""

from __future__ import annotations

from quanticity.pace.gate import Gate
from quanticity.pace.ports import Span


def spans_of(gate: Gate, now: float, offset: float) -> list[Span]:
    """What may start in each window at `now`, steady; the ledger's clock is ahead by `offset`."""
    spans = []
    for index, window in enumerate(gate.tally.windows):
        usable = max(0, window.spec.usable - gate.tight.phantom(index, now))
        if window.spec.reset is None:
            spans.append(Span(usable, window.span))
            continue
        since, until = window.period(now)
        spans.append(Span(usable, window.spec.length, since + offset, until + offset))
    return spans
