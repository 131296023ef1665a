"""One request shape of a source, and where what it brings goes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import field_validator, model_validator

from quanticity.config.schema.websocket import Frame, Heartbeat
from quanticity.model import Kind, Priority
from quanticity.spec import Scalar, Spec, field

# Seconds. What other processes hold further ahead than a request can take (`pace.ledger.FAR`) was
# written before a clock was set back.
LONGEST_TIMEOUT = 540.0


class RetryPolicy(Spec):
    """What happens after a failure that may pass. Each retry takes a slot of its own."""

    attempts: int = field(3, ge=1, le=20, help="tries in all, the first one included")
    backoff: Literal["exponential", "linear", "constant", "none"] = field(
        "exponential", help="how the wait grows"
    )
    base_seconds: float = field(0.5, gt=0, unit="s", help="the first wait")
    max_seconds: float = field(30, gt=0, unit="s", help="the longest wait")


class Breaker(Spec):
    """When an endpoint is left alone for a while. One endpoint never slows another."""

    failures: int = field(5, ge=1, help="failures in a row that open it")
    cool_down_seconds: float = field(30, gt=0, unit="s", help="first pause; doubles each time")
    max_seconds: float = field(600, gt=0, unit="s", help="longest pause")


class BodyError(Spec):
    """An error that comes as a body of status 200."""

    path: str = field(help="where it stands, dotted", example="Error Message")
    matches: str | None = field(
        None,
        help="regular expression, any case; where it takes longer than 0.1 s on a body the fetch "
        "fails: put no repeat in a repeat",
    )
    equals: Scalar | None = field(None, help="exact value")
    not_equals: Scalar | None = field(None, help="any other value than this is an error")
    kind: Literal["refused", "retry", "no_data"] = field(
        "refused", help="permanent, worth another try, or simply nothing there"
    )
    say: str = field("", help="what to tell the person", example="needs a premium plan")


class Paging(Spec):
    """How the rest of a long answer is asked for."""

    type: Literal["page", "offset", "cursor", "time", "link"] = field(
        help="how the vendor pages; link: it gives the next page's whole address"
    )
    param: str = field("", help="parameter that moves on; for all but link", example="page")
    rows: str = field("data", help="where the rows stand, dotted; empty for a bare array")
    limit_param: str | None = field(None, help="parameter for the page's size", example="limit")
    limit: int | None = field(None, gt=0, help="rows on a page", example=500)
    start: int = field(0, ge=0, help="first page or offset")
    cursor: str | None = field(
        None,
        help="for cursor and link: where the next one stands, dotted; for link by default in the "
        "header Link",
        example="next_url",
    )
    time: str | None = field(None, help="for time: the row's field to walk back by")
    id: str | None = field(None, help="field that tells rows apart; doubles are dropped")
    max_pages: int = field(10, ge=1, le=1000, help="most pages in one fetch")


class ExpandFrom(Spec):
    """Values taken from another feed's latest value."""

    source: str = field(alias="from", help="feed of the same source, or source.feed")
    path: str | None = field(
        None, help="field of each row; default: the placeholder's own name", example="expires"
    )
    select: str = field(
        "all",
        help="all, first:N, last:N, or next:N (the N nearest from today on)",
        pattern=r"^(all|(first|last|next):[1-9]\d*)$",
        example="next:10",
    )


class Conditions(Spec):
    """When the endpoint runs at all; outside, it waits and says so."""

    market_state: (
        Literal["open", "closed", "pre_market", "market_hours", "after_hours", "extended"] | None
    ) = field(None, help="open, closed, or a session", example="open")
    time_range: str | None = field(
        None,
        help="Eastern time of day",
        example="09:30-16:00",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$",
    )
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = field(
        (), help="days of the week", example=["mon", "tue"]
    )


class Timestamp(Spec):
    """Where the vendor says when its data was true."""

    path: str = field(help="dotted; a list takes its latest", example="data.*.time")
    format: Literal["iso", "epoch", "epoch_ms", "date", "rfc822"] = field(
        "iso", help="how it is written; rfc822 is that of RSS"
    )
    zone: str = field("UTC", help="zone of a time that names none")


def _one_of(first: str, has_first: bool, second: str, has_second: bool) -> None:
    """ValueError unless exactly one of two fields is given."""
    if has_first and has_second:
        raise ValueError(f"{first} and {second} are both given; keep one")
    if not has_first and not has_second:
        raise ValueError(f"neither {first} nor {second} is given; give one")


class Endpoint(Spec):
    """One request shape. With symbols or expand it becomes one feed for each value."""

    description: str = field("", help="one line: what it gives")
    units: str = field("", help="units of its figures, and what surprises in them")
    enabled: bool = field(True, help="false keeps the endpoint off")
    transport: Literal["http", "websocket"] = field("http", help="polled or streamed")
    path: str | None = field(
        None, help="after base_url; placeholders in braces", example="/stock/{symbol}/quote"
    )
    url: str | None = field(None, help="whole address, instead of path")
    method: Literal["GET", "POST"] = field("GET", help="HTTP method")
    params: dict[str, Any] = field(
        factory=dict,
        help="query parameters; today, market_hours, last_n_days:5 and 0-2 are filled in",
        example={"date": "today"},
    )
    headers: dict[str, str] = field(factory=dict, help="headers of this endpoint alone")
    body: Any = field(None, help="JSON body of a POST")
    symbols: tuple[str, ...] | str = field(
        (), help="one feed for each; or the name of a symbol group", example=["SPY", "QQQ"]
    )
    expand: dict[str, ExpandFrom | tuple[Scalar, ...]] = field(
        factory=dict,
        help="more placeholders: a list, or values of another feed",
        example={"expiry": {"from": "option_chains", "select": "next:10"}},
    )
    # Shorter, a schedule does nothing but count missed polls; longer, the store refuses the value.
    interval_seconds: float | None = field(
        None, ge=0.01, le=31_536_000, unit="s", help="time between two fetches", example=60
    )
    at: tuple[str, ...] = field(
        (),
        help="instead of an interval: Eastern times of day on trading days, or on the days of the "
        "week that an entry names",
        example=["06:00", "mon-fri 16:45", "sat,sun 10:00"],
    )
    redis_key: str = field(help="where the vendor's bytes go", example="raw:uw:quote:{symbol}")
    output_key: str | None = field(
        None, help="where the transform's value goes; default: redis_key with feed: for raw:"
    )
    timestamp_key: str | None = field(
        None, help="plain key that gets the epoch of each write", example="av:options:timestamp"
    )
    ttl_seconds: float = field(
        gt=0, le=315_360_000, unit="s", help="life of a value in the store", example=180
    )
    max_age_seconds: float | None = field(
        None, gt=0, unit="s", help="older is stale; default: ttl_seconds"
    )
    kind: Kind = field(Kind.LATEST, help="latest value, or events that lose nothing")
    cap: int = field(10_000, gt=0, help="for events: most kept")
    row_order: Literal["auto", "newest_first", "oldest_first"] = field(
        "auto",
        help="for polled events: how rows of one time, or none, are listed; auto goes by which "
        "end of a body is new, and is newest_first until then",
    )
    format: Literal["auto", "json", "ndjson", "csv", "pipe", "xml", "ics", "html"] = field(
        "auto",
        help="what the body is; auto goes by the content type. ndjson: JSON line by line; html: a "
        "table of a web page",
    )
    delimiter: str | None = field(
        None,
        pattern=r'^[^"\r\n]$',
        help="for csv: what stands between two fields; default a comma",
        example=";",
    )
    skip_lines: int = field(0, ge=0, help="for csv and pipe: lines before the header line")
    footer: str | None = field(
        None,
        help="for csv and pipe: a line that begins so, as a regular expression, is left out with "
        "all that follow",
        example="Total records|File Creation Time",
    )
    columns: tuple[str, ...] = field((), help="names of a CSV or a table without a header line")
    rows: str | None = field(
        None,
        help="for xml: the element of a row; for JSON: where the rows stand, dotted; for html: the "
        "table's id or class, by default the one with the most rows",
    )
    timestamp: Timestamp | None = field(None, help="where the vendor's own time stands")
    transform: str | None = field(None, help="a function of transforms/", example="parse_gex")
    transform_config: dict[str, Any] = field(
        factory=dict,
        help="its options; field_map, flatten_nested, parse_timestamps, numbers and "
        "calculate_deltas work with any",
    )
    contract: str | None = field(
        None, help="JSON Schema of the body, below config/; or none", example="contracts/x.json"
    )
    errors: tuple[BodyError, ...] = field((), help="errors hidden in bodies of status 200")
    conditional: bool = field(False, help="send If-None-Match / If-Modified-Since")
    paging: Paging | None = field(None, help="how the rest of a long answer is asked for")
    retry_policy: RetryPolicy | None = field(None, help="default depends on the priority")
    breaker: Breaker = field(Breaker(), help="when the endpoint is left alone for a while")
    priority: Priority | None = field(None, help="group; default nice_to_have")
    cost_per_call: float = field(0, ge=0, help="price of one request, in your currency")
    max_calls: int | None = field(None, ge=1, help="most requests of one fetch or expansion")
    depends_on: tuple[str, ...] = field((), help="run only while these feeds are fresh")
    conditions: Conditions = field(Conditions(), help="when it runs at all")
    timeout_seconds: float | None = field(
        None, gt=0, le=LONGEST_TIMEOUT, unit="s", help="default: the source's"
    )
    max_body_bytes: int | None = field(None, gt=0, unit="bytes", help="default: the source's")
    join: tuple[Any, ...] = field((), help="websocket: messages sent after connecting")
    frame: Frame = field(Frame(), help="websocket: where a frame holds what")
    heartbeat: Heartbeat = field(Heartbeat(), help="websocket: when silence means dead")

    @field_validator("symbols", mode="before")
    @classmethod
    def _symbols_are_text(cls, given: Any) -> Any:
        if isinstance(given, list):
            for symbol in given:
                if not isinstance(symbol, str):
                    # YAML 1.1 reads the tickers ON, NO and Y as booleans.
                    read = str(symbol).lower() if isinstance(symbol, bool) else repr(symbol)
                    raise ValueError(f"one is read as {read}, not as text; put it in quotes")
        return given

    @model_validator(mode="after")
    def _complete(self) -> Endpoint:
        _one_of("path", self.path is not None, "url", self.url is not None)
        if self.transport == "http":
            _one_of("interval_seconds", self.interval_seconds is not None, "at", bool(self.at))
        if self.paging and (self.paging.type == "link") == bool(self.paging.param):
            has = "has no" if self.paging.param else "needs"
            raise ValueError(f"paging by {self.paging.type} {has} 'param'")
        if self.paging and self.paging.type == "cursor" and not self.paging.cursor:
            raise ValueError("paging by cursor needs 'cursor'")
        if self.paging and self.paging.type == "time" and not (self.paging.time and self.paging.id):
            raise ValueError("paging by time needs 'time' and 'id'")
        return self
