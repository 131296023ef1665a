"""Draws the figures of the documentation from computed schedules: `python -m tools.figures`.

The picture of a rolling window is no sketch: two limiters are run over the same network delays,
the arrivals are counted as the vendor counts them, and what is drawn is what came out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

IMAGES = Path(__file__).parents[1] / "docs" / "images"
LIMIT, WINDOW, END = 3, 10.0, 26.0
# Seconds to the vendor and back, request by request.
DELAYS = (
    (2.2, 0.9),
    (2.0, 0.8),
    (1.8, 0.7),
    (0.1, 0.3),
    (0.1, 0.3),
    (0.1, 0.3),
    *[(0.3, 0.3)] * 30,
)

LEFT, WIDTH, LANE = 132, 800, 20
INK, MUTED, HELD, BAD, GOOD = "#37474f", "#78909c", "#b0bec5", "#c62828", "#00796b"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, in seconds of the figure's clock."""

    sent: float
    arrived: float
    headers: float
    free: float


def stamped_at_send(sent: float, _headers: float) -> float:
    """The usual limiter: the slot is free one window after the send."""
    return sent + WINDOW


def held_until_headers(_sent: float, headers: float) -> float:
    """Ours: the slot is held until the response headers, and then for the window."""
    return headers + WINDOW


def schedule(frees: Callable[[float, float], float]) -> list[Request]:
    """Send as early as the limiter allows, `LIMIT` slots, until the figure ends."""
    slots = [0.0] * LIMIT
    done: list[Request] = []
    for out, back in DELAYS:
        index = min(range(LIMIT), key=lambda number: slots[number])
        sent = slots[index] + 0.35 * index * (not done or slots[index] == 0)
        if sent > END - 3:
            break
        headers = sent + out + back
        slots[index] = frees(sent, headers)
        done.append(Request(sent, sent + out, headers, slots[index]))
    return done


def worst_window(requests: list[Request]) -> tuple[float, int]:
    """The start of the fullest window of arrivals, and how many it holds."""
    starts = [request.arrived for request in requests]
    counted = [
        (start, sum(start <= other < start + WINDOW for other in starts)) for start in starts
    ]
    return max(counted, key=lambda pair: pair[1])


def _x(seconds: float) -> float:
    return LEFT + seconds / END * WIDTH


def _text(
    x: float, y: float, words: str, fill: str = INK, size: int = 13, *, end: bool = False
) -> str:
    anchor = ' text-anchor="end"' if end else ""
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{fill}"{anchor}>{words}</text>'


def _line(start: float, end: float, y: float, colour: str, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{_x(start):.1f}" x2="{_x(end):.1f}" y1="{y:.1f}" y2="{y:.1f}"'
        f' stroke="{colour}" stroke-width="2"{dashed}/>'
    )


def _bar(start: float, end: float, y: float, height: float, style: str) -> str:
    width = _x(end) - _x(start)
    return (
        f'<rect x="{_x(start):.1f}" y="{y - height / 2:.1f}" width="{width:.1f}"'
        f' height="{height:.0f}" rx="3" {style}/>'
    )


def _dot(at: float, y: float, colour: str) -> str:
    return f'<circle cx="{_x(at):.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>'


def panel(title: str, requests: list[Request], top: float) -> list[str]:
    """One limiter's requests, a lane for each, and the vendor's count below them."""
    start, count = worst_window(requests)
    colour = BAD if count > LIMIT else GOOD
    shapes = [_text(16, top, title, size=15)]
    y = top + 22
    for number, request in enumerate(requests, 1):
        counted = start <= request.arrived < start + WINDOW
        shapes += [
            _text(LEFT - 12, y + 4, f"request {number}", MUTED, end=True),
            _bar(request.sent, min(request.free, END), y, 11, f'fill="{HELD}"'),
            _line(request.sent, request.arrived, y, INK),
            _line(request.arrived, request.headers, y, INK, "2 3"),
            _dot(request.arrived, y, colour if counted else MUTED),
        ]
        y += LANE
    verdict = f"{count} arrive in the fullest window of {WINDOW:.0f} s: " + (
        f"the limit of {LIMIT} is broken" if count > LIMIT else f"the limit of {LIMIT} holds"
    )
    outline = f'fill="{colour}" fill-opacity=".16" stroke="{colour}"'
    shapes += [
        _text(LEFT - 12, y + 4, "at the vendor", end=True),
        _line(0, END, y, HELD),
        _bar(start, start + WINDOW, y, 16, outline),
        *(_dot(request.arrived, y, colour) for request in requests),
        _text(LEFT, y + 28, verdict, colour, 14),
    ]
    return shapes


def windows() -> str:
    """The figure of docs/rate-limits.md as SVG."""
    usual, ours = schedule(stamped_at_send), schedule(held_until_headers)
    first_top = 30.0
    second_top = first_top + len(usual) * LANE + 92
    height = second_top + len(ours) * LANE + 92
    shapes = [
        *panel(f"Stamped at send, {LIMIT} in {WINDOW:.0f} s", usual, first_top),
        *panel(
            f"Held until the headers, then for the window: {LIMIT} in {WINDOW:.0f} s",
            ours,
            second_top,
        ),
        _text(
            LEFT,
            height - 12,
            "grey: slot taken · line: on its way · dot: arrives at the vendor · dotted: the answer",
            MUTED,
            12,
        ),
    ]
    body = "\n".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 24} {height:.0f}"'
        ' font-family="ui-sans-serif, system-ui, sans-serif" role="img">\n'
        "<title>Why a slot is held until the response headers</title>\n"
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def main() -> None:
    """Write every figure."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    (IMAGES / "windows.svg").write_text(windows(), encoding="utf-8")


if __name__ == "__main__":
    main()
