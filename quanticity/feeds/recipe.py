"""What all feeds of one endpoint share: everything that YAML says of it, made ready once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.clock import Session
from quanticity.config.effective import EffectiveEndpoint
from quanticity.feeds.breaker import Breaker
from quanticity.feeds.classify import Classifier
from quanticity.feeds.conditions import Gate
from quanticity.feeds.expand import borrowed, calls_per_run
from quanticity.feeds.json_text import decode
from quanticity.feeds.lenders import Lender
from quanticity.feeds.long_numbers import decode_rows
from quanticity.feeds.patience import time_limits
from quanticity.feeds.request import RequestPlan
from quanticity.feeds.retry import DEFAULTS
from quanticity.feeds.tempo import Tempo
from quanticity.feeds.timestamp import VendorTime
from quanticity.feeds.transform import GENERIC_OPTIONS
from quanticity.feeds.vendor import Bounds, Vendor
from quanticity.model import Kind
from quanticity.store.names import output_key, short_name

NO_CONTRACT = "none"


class Recipe:
    """An endpoint, ready to be fetched for any set of values.

    `lenders` are the endpoints that `expand` takes values from, by placeholder; `depends_on`
    are endpoint ids (`source.endpoint`) in full. `tempos` are told how long its answers take.
    """

    def __init__(
        self,
        vendor: Vendor,
        given: EffectiveEndpoint,
        *,
        lenders: Mapping[str, Lender] | None = None,
        depends_on: tuple[str, ...] = (),
    ) -> None:
        source, spec = vendor.source.source, given.endpoint
        calendar = vendor.around.calendar
        self.vendor = vendor
        self.around = vendor.around
        self.given = given
        self.spec = spec
        self.id = given.id
        self.group = given.group
        self.lenders = dict(lenders or {})
        self.tempos: tuple[Tempo, ...] = ()
        self.depends_on = depends_on
        self.borrowed = borrowed(spec)
        self.max_calls = calls_per_run(spec)
        self.pages = min(spec.paging.max_pages, self.max_calls) if spec.paging else 1
        self.plan = RequestPlan(source.base_url, spec, calendar, secrets=vendor.credentials.query)
        self.gate = Gate(spec.conditions, calendar, market_hours=self.plan.params.market_hours)
        self.classifier = Classifier(source, spec)
        self.timeout = spec.timeout_seconds or source.timeout_seconds
        self.bounds = Bounds(
            given.name,
            time_limits(self.timeout),
            spec.max_body_bytes or source.max_body_bytes,
            spec.cost_per_call,
        )
        self.max_depth = source.max_depth
        self.policy = spec.retry_policy or source.retry_policy or DEFAULTS[given.group]
        self.breaker = Breaker(spec.breaker, lease=2 * self.timeout)
        self.vendor_time = VendorTime(spec.timestamp) if spec.timestamp else None
        self.contract = spec.contract if spec.contract != NO_CONTRACT else None
        self.options: Mapping[str, Any] = spec.transform_config
        self.transforms = bool(
            spec.transform or any(spec.transform_config.get(name) for name in GENERIC_OPTIONS)
        )
        self.output_pattern = spec.output_key or output_key(spec.redis_key)
        self.decodes = bool(
            spec.contract != NO_CONTRACT
            or self.transforms
            or self.vendor_time
            or spec.paging
            or spec.kind is Kind.EVENTS
            or self.classifier.reads_bodies
        )
        # One value in one piece: the same bytes say the same again.
        self.comes_whole = spec.paging is None and spec.kind is Kind.LATEST
        self.decode = decode if self.comes_whole else decode_rows
        self.reads_json = spec.format in ("auto", "json")
        self.short_name = short_name(spec.redis_key, given.source)
        self.max_age = spec.max_age_seconds or spec.ttl_seconds
        self._beat_ttl = max(_SHORTEST_BEAT, spec.ttl_seconds, 3 * (spec.interval_seconds or 0.0))

    def made_of(self, given: EffectiveEndpoint, vendor: Vendor) -> bool:
        """Whether it is these that it was made of, and nothing of another endpoint."""
        return self.given is given and self.vendor is vendor and not self.borrowed

    def life(self, now: float) -> float:
        """Seconds that a value stored at epoch second `now` lives."""
        spec = self.spec
        return self.around.ages.life(spec.ttl_seconds, self.group, spec.interval_seconds, now)

    def beat_life(self, now: float) -> float:
        """Seconds that a heartbeat of epoch second `now` lives: two polls may fail before it ends.

        It says when, and a reader judges that. It must not end because nobody was due to ask.
        """
        spec = self.spec
        return self.around.ages.life(self._beat_ttl, self.group, spec.interval_seconds, now)

    def behind(self, timestamp: float, now: float) -> float | None:
        """Seconds since the vendor's own time, where readers find that too old; None where not.

        Looked at in market hours only: a vendor whose times stand still then, stands still.
        """
        age, session = now - timestamp, self.around.calendar.session
        if self.vendor_time is None or not self.max_age < age or self.max_age > _SESSION:
            return None
        # After the open the first figures of the day must have had the time to come.
        if session(now) is not _OPEN or session(now - self.max_age) is not _OPEN:
            return None
        return age

    def deadline(self, due: float, interval: float | None) -> float:
        """Epoch second after which a run that was due at `due` leaves the rest to the next."""
        return due + (interval or self.spec.interval_seconds or _RETRY_DAILY_FOR)


_RETRY_DAILY_FOR = 1800.0
_SHORTEST_BEAT = 60.0
_SESSION = 6.5 * 3600
_OPEN = Session.MARKET_HOURS
