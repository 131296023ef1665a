"""Windows that an edit took out: what they held counts again where one of their length returns.

A config whose limits are being written anew lacks them for a moment, and the vendor counts on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from quanticity.pace.windows import Window

# Of a window that limits nothing now no more are remembered than this, or than it allowed.
MANY = 100_000


def retire(windows: Iterable[Window], before: Iterable[Window], now: float) -> list[Window]:
    """Those of `before` that hold something at `now` and have no heir of their length."""
    lengths = {window.spec.length for window in windows}
    gone = [window for window in before if window.spec.length not in lengths]
    for window in gone:
        # What is under way is counted once it has ended.
        window.open = 0
    return [window for window in gone if window.held(now)]


def remember(windows: Iterable[Window], base: float) -> None:
    """One more slot of the vendor's."""
    for window in windows:
        if window.held(base) < max(MANY, window.spec.limit):
            window.add(base)


def returning(window: Window, retired: Sequence[Window]) -> Window | None:
    """The retired window that this one is, put back; None where there is none."""
    return next((one for one in retired if one.spec.length == window.spec.length), None)
