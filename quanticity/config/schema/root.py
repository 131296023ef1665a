"""The whole document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import field_validator

from quanticity.clock import Session
from quanticity.config.schema.components import ComponentConfig, Preset, StrategyFile
from quanticity.config.schema.limits import RateLimitConfig
from quanticity.config.schema.risk import RiskManagement
from quanticity.config.schema.source import Source
from quanticity.model import Priority
from quanticity.spec import Scalar, Spec, field

ADMISSION_RULES = ("run_always", "run_if_capacity", "skip_if_busy")
CADENCE_RULES = (
    "run_normal",
    "reduce_to_5min",
    "reduce_to_15min",
    "once_per_hour",
    "reduce_frequency_50%",
    "minimum_updates_only",
)
Rule = Literal[
    "run_always",
    "run_if_capacity",
    "skip_if_busy",
    "run_normal",
    "reduce_to_5min",
    "reduce_to_15min",
    "once_per_hour",
    "reduce_frequency_50%",
    "minimum_updates_only",
]
GroupOrAll = Literal["critical", "important", "nice_to_have", "background", "all"]


class Failover(Spec):
    """When an aggregate with `method: failover` turns to its next source, and back."""

    p95_seconds: float = field(
        2, gt=0, unit="s", help="a source is slow whose answers of a minute have a higher p95"
    )
    for_seconds: float = field(180, ge=0, unit="s", help="slow for so long: the next is primary")
    back_after_seconds: float | None = field(
        None, ge=0, unit="s", help="quick for so long: it is primary again; default for_seconds"
    )

    @property
    def back_after(self) -> float:
        """`back_after_seconds`, or what stands in for it."""
        return self.for_seconds if self.back_after_seconds is None else self.back_after_seconds


class Reading(Spec):
    """How a failover reads one of its sources."""

    key: str | None = field(
        None,
        help="where a plugin writes it; default raw:SOURCE:NAME:{symbol}, of a feed its own key",
        example="raw:ibkr:{symbol}",
    )
    fields: dict[str, str] = field(
        factory=dict,
        help="what to hand on, by name: the path where it stands in the source's value",
        example={"price": "last", "bid": "bid"},
    )
    only: dict[str, Scalar] = field(
        factory=dict,
        help="a value counts where these paths of it say this; else the source has none",
        example={"state": "live"},
    )
    max_age_seconds: float | None = field(
        None, gt=0, unit="s", help="an older value counts for nothing; default: its key's life"
    )


class Fill(Spec):
    """What an aggregate with `method: fill` takes for a row that its first source lacks."""

    rows: str = field(
        "",
        help="where the rows stand in each value; default the value is the list",
        example="contracts",
    )
    key: str | tuple[str, ...] = field(
        help="fields that tell a row from all others", example="option_symbol"
    )
    until: str | None = field(
        None,
        help="field with a row's last day: when the exchange has closed on it, it fills no more",
        example="expiry",
    )

    @property
    def keys(self) -> tuple[str, ...]:
        """`key`, however it is written."""
        return (self.key,) if isinstance(self.key, str) else self.key


class Aggregate(Spec):
    """A key made of several feeds of the same symbol."""

    description: str = field("", help="one line: what it gives")
    sources: tuple[str, ...] = field(
        help="source.feed of each input", example=["unusual_whales.greek_flow", "ibkr.trades"]
    )
    method: Literal["merge_on_timestamp", "failover", "fill"] = field(
        "merge_on_timestamp",
        help="how they meet; failover: the value of the first that is not slow; fill: the value of "
        "the first, with the rows that it lacks and others have",
    )
    fill: Fill | None = field(None, help="for fill: where rows stand, and what makes one a row")
    failover: Failover = field(Failover(), help="for failover: when the next source is primary")
    reads: dict[str, Reading] = field(
        factory=dict,
        help="for failover, by source: its key, and its fields under names that all share; "
        "default as it came",
        example={"ibkr.quote": {"key": "raw:ibkr:{symbol}", "fields": {"price": "last"}}},
    )
    needs: tuple[str, ...] = field(
        (), help="fields without which a source's value does not count", example=["price"]
    )
    aggregate: Literal["merge_on_timestamp"] | None = field(
        None, help="the design notes' word for method"
    )
    redis_key: str = field(help="where the result goes", example="aggregated:flow:{symbol}")
    tolerance_seconds: float = field(
        60, gt=0, unit="s", help="for merge_on_timestamp: rows whose times differ by less are one"
    )
    ttl_seconds: float = field(600, gt=0, le=315_360_000, unit="s", help="life of the result")


class StoreSettings(Spec):
    """Where values live."""

    url: str | None = field(
        None, help="server to use; default $REDIS_URL, else an embedded one", example="${REDIS_URL}"
    )
    pool_size: int = field(50, ge=2, help="most connections")
    outage_bytes: int = field(
        64_000_000, gt=0, unit="bytes", help="most kept in memory while the server is away"
    )
    changes_cap: int = field(100_000, gt=0, help="entries kept in the stream of changes")


class Simulation(Spec):
    """What stands in for the vendors, in environments without them."""

    vendors: bool = field(False, help="ask the simulated vendors instead of the real ones")
    gateway: bool = field(
        False, help="run a simulated gateway of Interactive Brokers, and have `ibkr` connect to it"
    )
    seed: int = field(7, ge=-(2**63), le=2**63 - 1, help="the same seed gives the same day")
    delay_ms: tuple[float, float] = field((5, 40), unit="ms", help="delay of an answer")
    clock: Literal["wall", "trading_day"] = field(
        "wall", help="trading_day starts on the latest whole trading day, at 10:00 Eastern"
    )
    scenario: str = field(
        "quiet", help="kind of day: quiet, trend, pin, squeeze, crash, ...", example="crash"
    )
    faults: str = field(
        "calm",
        help="what goes wrong: calm, flaky, stormy, ..., a fault, a YAML file; joined by +",
        example="flaky",
    )


class Root(Spec):
    """`config/data_sources.yaml` with its overlay."""

    environment: str = field("", help="name shown everywhere; set by the overlay")
    symbol_groups: dict[str, tuple[str, ...]] = field(
        factory=dict, help="lists of symbols by name", example={"focus": ["SPY", "QQQ"]}
    )
    data_sources: dict[str, Source] = field(factory=dict, help="vendors by name")
    rate_limit_config: RateLimitConfig | None = field(None, help="the notes' form of limits")
    scheduler_rules: dict[Session, dict[GroupOrAll, tuple[Rule, ...]]] = field(
        factory=dict, help="session: group: rule, or a list of an admission and a cadence rule"
    )
    aggregates: dict[str, Aggregate] = field(factory=dict, help="keys made of several feeds")
    components: dict[str, ComponentConfig] = field(
        factory=dict,
        help="components of plugins by name: analytics, sources, distributors",
        example={"book_quality": {"symbols": ["SPY"], "params": {"levels": 5}}},
    )
    strategies: dict[str, StrategyFile] = field(
        factory=dict, help="what `strategies/NAME.yaml` say; an overlay may change them here"
    )
    presets: dict[str, Preset] = field(
        factory=dict,
        help="parameters under a name, as `presets/NAME.yaml` say; an overlay may add to them here",
    )
    risk_management: RiskManagement = field(
        RiskManagement(), help="what all strategies together are held to"
    )
    store: StoreSettings = field(StoreSettings(), help="where values live")
    simulation: Simulation = field(Simulation(), help="what stands in for the vendors")

    @field_validator("scheduler_rules", mode="before")
    @classmethod
    def _one_rule_or_two(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {
            session: {
                group: [rule] if isinstance(rule, str) else rule for group, rule in rules.items()
            }
            if isinstance(rules, dict)
            else rules
            for session, rules in given.items()
        }

    @field_validator("scheduler_rules", mode="after")
    @classmethod
    def _one_of_each(cls, given: dict[Any, Any]) -> dict[Any, Any]:
        for session, rules in given.items():
            for group, names in rules.items():
                for kind in (ADMISSION_RULES, CADENCE_RULES):
                    both = [name for name in names if name in kind]
                    if len(both) > 1:
                        raise ValueError(f"{session}.{group}: {' and '.join(both)} contradict")
        return given

    def group_of(self, source: str, name: str) -> Priority:
        """The priority group of an endpoint: its own, else the notes' lists, else the default."""
        endpoint = self.data_sources[source].endpoints[name]
        if endpoint.priority is not None:
            return endpoint.priority
        notes = self.rate_limit_config
        if notes is not None and notes.source in (None, source):
            for group, members in notes.priority_groups.items():
                if not isinstance(members, int) and name in members:
                    return group
        return Priority.NICE_TO_HAVE
