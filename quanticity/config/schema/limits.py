"""What a vendor allows, and how the groups share it."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from quanticity.model import Priority
from quanticity.spec import Spec, field

PER_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0}
MONTH_SECONDS = 31 * 86_400.0
# A longer window would be counted over more than the sessions that it is meant for.
LONGEST_OF_SOME_SESSIONS = 600.0


class Window(Spec):
    """At most `limit` requests arriving at the vendor in any `seconds`, less the `buffer`."""

    limit: int = field(gt=0, help="most requests in the window", example=120)
    seconds: float | None = field(None, gt=0, unit="s", help="length of the window", example=60)
    per: Literal["second", "minute", "hour", "day", "month"] | None = field(
        None, help="length of the window by name, instead of seconds", example="day"
    )
    buffer: int = field(0, ge=0, help="requests of the limit that are never used", example=10)
    reset: str | None = field(
        None,
        help="for a day or a month counted from a fixed moment: time of day and zone; without "
        "it the window rolls",
        example="20:00 America/New_York",
        pattern=r"^\d{2}:\d{2} [A-Za-z_]+(/[A-Za-z_]+)*$",
    )
    market_state: (
        Literal["open", "closed", "pre_market", "market_hours", "after_hours", "extended"] | None
    ) = field(
        None,
        help="the window holds for what starts in these sessions only; default: in all",
        example="closed",
    )

    @model_validator(mode="after")
    def _one_length(self) -> Window:
        if (self.seconds is None) == (self.per is None):
            raise ValueError("give either seconds or per")
        if self.buffer >= self.limit:
            raise ValueError("the buffer leaves nothing of the limit")
        if self.reset is not None and self.per not in ("day", "month"):
            raise ValueError("reset goes with per: day or per: month")
        if self.market_state is not None and self.length > LONGEST_OF_SOME_SESSIONS:
            raise ValueError("market_state goes with windows of up to ten minutes")
        return self

    @property
    def length(self) -> float:
        """Seconds that the window spans; a month counts as 31 days."""
        if self.seconds is not None:
            return self.seconds
        return MONTH_SECONDS if self.per == "month" else PER_SECONDS[str(self.per)]

    @property
    def usable(self) -> int:
        """The limit less the buffer."""
        return self.limit - self.buffer


class LimitHeaders(Spec):
    """Response headers in which the vendor says what is left. They tighten, never loosen."""

    remaining: str | None = field(None, help="requests left in the current window")
    reset: str | None = field(None, help="when the current window starts anew")
    reset_unit: Literal["seconds", "milliseconds", "epoch"] = field(
        "seconds", help="what the reset header counts", example="milliseconds"
    )
    used: str | None = field(None, help="requests used in the current window")
    limit: str | None = field(None, help="the current window's limit")
    daily_used: str | None = field(None, help="requests used today")
    daily_limit: str | None = field(None, help="today's limit")


class BodyLimit(Spec):
    """A message in a body of status 200 (or of any status) that means: wait."""

    path: str = field(help="where the message stands, dotted", example="Information")
    matches: str | None = field(
        None, help="regular expression, any case; without it any text counts", example="per day"
    )
    wait_seconds: float | None = field(
        None, gt=0, unit="s", help="how long to wait; default: the longest window that fits"
    )
    until: Literal["window", "day"] = field(
        "window", help="wait for the minute window, or for the daily reset"
    )


class RateLimits(Spec):
    """All limits of a source; every one of them applies."""

    requests_per_second: int | None = field(None, gt=0, help="shorthand for a window of 1 s")
    requests_per_minute: int | None = field(
        None, gt=0, help="shorthand for a window of 60 s", example=120
    )
    requests_per_hour: int | None = field(None, gt=0, help="shorthand for a window of an hour")
    requests_per_day: int | None = field(None, gt=0, help="shorthand for a window of a day")
    requests_per_month: int | None = field(None, gt=0, help="shorthand for a month")
    buffer: int = field(0, ge=0, help="buffer of the per-minute shorthand", example=10)
    windows: tuple[Window, ...] = field((), help="windows in full, several at once")
    burst_size: int | None = field(None, gt=0, help="most starts in any rolling second", example=20)
    max_in_flight: int | None = field(None, gt=0, help="most requests under way at once", example=3)
    shares: dict[Priority, int] = field(
        factory=dict,
        help="slots of the longest window up to a minute reserved for each group; what is not "
        "reserved is spare",
        example={"critical": 60, "important": 40},
    )
    reserve: int | None = field(
        None, ge=0, help="slots kept for retries and probes; default 2% of the limit, at least 1"
    )
    headers: LimitHeaders = field(LimitHeaders(), help="headers that tell what is left")
    body_limits: tuple[BodyLimit, ...] = field((), help="limit messages inside bodies")
    budget: str | None = field(
        None,
        help="name of a budget that several sources share (one token, one host); default: the "
        "source's own",
        example="sec",
    )

    def all_windows(self) -> tuple[Window, ...]:
        """The windows written in full and by shorthand, shortest first."""
        found = list(self.windows)
        if self.requests_per_second:
            found.append(Window(limit=self.requests_per_second, seconds=1))
        if self.requests_per_minute:
            buffer = min(self.buffer, self.requests_per_minute - 1)
            found.append(Window(limit=self.requests_per_minute, seconds=60, buffer=buffer))
        if self.requests_per_hour:
            found.append(Window(limit=self.requests_per_hour, per="hour"))
        if self.requests_per_day:
            found.append(Window(limit=self.requests_per_day, per="day"))
        if self.requests_per_month:
            found.append(Window(limit=self.requests_per_month, per="month"))
        return tuple(sorted(found, key=lambda window: window.length))


class CostBudget(Spec):
    """What may be spent on a source, in the currency of `cost_per_call`."""

    per_day: float | None = field(None, gt=0, help="most spent in a trading day", example=25.0)
    per_month: float | None = field(None, gt=0, help="most spent in a month")
    when_reached: Literal["drop_background", "critical_only", "stop"] = field(
        "drop_background", help="what goes on once the budget is spent"
    )


class RateLimitConfig(Spec):
    """The notes' form: one block of limits and groups beside the sources."""

    source: str | None = field(
        None, help="which source it applies to; may be left out when there is only one"
    )
    max_requests_per_minute: int | None = field(None, gt=0, help="the limit", example=120)
    buffer: int = field(0, ge=0, help="requests of the limit that are never used", example=10)
    priority_groups: dict[Priority, tuple[str, ...] | int] = field(
        factory=dict,
        help="members of each group (shares then 60/40/10/spare, scaled), or each share",
        example={"critical": ["spot_gex"]},
    )
