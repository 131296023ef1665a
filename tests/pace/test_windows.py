"""A window keeps how many slots count, and until when: whatever happens, it is right."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from quanticity.pace.limits import Reset, WindowSpec
from quanticity.pace.period import RESET_MARGIN
from quanticity.pace.windows import Window
from tests.pace import examples

DAY = 86_400.0
RESET = Reset.parse("00:00 UTC", monthly=False)
# Midnight, UTC.
START = 1_767_571_200.0


@given(
    daily=st.booleans(),
    steps=st.lists(
        st.tuples(
            st.sampled_from(["take", "headers", "lost", "wait", "replace", "set", "adopt"]),
            st.floats(0.0, 1.0),
        ),
        max_size=60,
    ),
)
@example(
    daily=False,
    steps=[("take", 0.0), ("take", 0.0), ("lost", 0.5), ("headers", 0.0), ("wait", 0.75)] * 2,
)
@examples(100)
def test_a_window_counts_as_if_counted_anew(daily: bool, steps: list[tuple[str, float]]) -> None:
    spec = WindowSpec(DAY, 99, 99, RESET) if daily else WindowSpec(10.0, 99, 99)
    window = Window(spec, lambda at: at)
    now, opened, bases = START + DAY / 2, 0, list[float]()
    for what, part in steps:
        now += part * spec.length
        if what == "take":
            window.open += 1
            opened += 1
        elif what in ("headers", "lost") and opened:
            base = now if what == "headers" else now + part * spec.length / 2
            window.open -= 1
            window.add(base)
            opened -= 1
            bases.append(base)
        elif what == "replace":
            bases = sorted(now - shift * part * spec.length for shift in range(3))
            window.replace(bases)
        elif what == "set":
            window.forget_period()
        elif what == "adopt":
            before, window = window, Window(spec, lambda at: at)
            window.adopt(before, now)
        since = now - window.span
        if daily:
            ago = (now - START) % DAY
            since = now - ago - RESET_MARGIN - (DAY if ago < RESET_MARGIN else 0.0)
        clear = [base for base in bases if abs(base - since) > 1e-6]
        found = window.held(now)
        assert found == window.held(now)
        assert 0 <= found - opened - sum(base > since for base in clear) <= len(bases) - len(clear)
