"""Endpoints, each by itself: times, fields that do not go together, websocket."""

from __future__ import annotations

from collections.abc import Iterator

from quanticity.config.lint.addresses import check_address
from quanticity.config.lint.context import Checked, Place, endpoint_path
from quanticity.config.lint.headers import check_headers
from quanticity.config.lint.patterns import check_pattern
from quanticity.config.lint.secret_texts import in_the_open
from quanticity.config.lint.zones import is_zone
from quanticity.config.schema import Endpoint
from quanticity.config.schema.endpoint import ExpandFrom, Paging
from quanticity.config.times import BadTime, WeekTime, longest_pause
from quanticity.errors import Problem
from quanticity.model import Kind

_POLLED_ONLY = (
    *("interval_seconds", "at", "paging", "max_calls", "cost_per_call", "retry_policy", "breaker"),
    *("params", "method", "body", "conditional", "format", "rows", "columns", "errors"),
    *("delimiter", "skip_lines", "footer", "row_order"),
    *("depends_on", "conditions"),
)
_WEBSOCKET = ("ws://", "wss://")


def check_endpoint(config: Checked, place: Place, endpoint: Endpoint) -> Iterator[Problem]:
    """What the schema lets pass and no endpoint can mean."""
    at = endpoint_path(*place)
    wrong = list(_times(config, place, endpoint))
    yield from wrong
    for index, error in enumerate(endpoint.errors):
        yield from check_pattern(config, (*at, "errors", index, "matches"), error.matches)
    if endpoint.timestamp is not None and not is_zone(endpoint.timestamp.zone):
        said = f"there is no zone '{endpoint.timestamp.zone}'"
        yield config.error((*at, "timestamp", "zone"), said, "for example America/New_York")
    yield from in_the_open(config, (*at, "headers"), endpoint.headers)
    yield from check_headers(config, (*at, "headers"), endpoint.headers)
    yield from in_the_open(config, (*at, "params"), endpoint.params)
    if endpoint.transport == "websocket":
        yield from _streamed(config, place, endpoint)
    else:
        yield from _polled(config, place, endpoint)
        yield from _paced(config, place, endpoint)
        if endpoint.interval_seconds is None and endpoint.at and not wrong:
            yield from _bridged(config, place, endpoint)


def _times(config: Checked, place: Place, endpoint: Endpoint) -> Iterator[Problem]:
    for index, entry in enumerate(endpoint.at):
        try:
            WeekTime.parse(entry)
        except BadTime as error:
            yield config.error(endpoint_path(*place, "at", index), str(error), error.hint)


def _polled(config: Checked, place: Place, endpoint: Endpoint) -> Iterator[Problem]:
    at = endpoint_path(*place)
    if endpoint.url is not None:
        yield from check_address(config, (*at, "url"), endpoint.url)
    if endpoint.interval_seconds is not None and endpoint.at:
        yield config.error((*at, "at"), "interval_seconds and at are both given; keep one")
    if endpoint.path is not None and not endpoint.path.startswith(("/", "?")) and endpoint.path:
        yield config.error((*at, "path"), "'path' should begin with '/'")
    if endpoint.body is not None and endpoint.method != "POST":
        yield config.error((*at, "body"), "a body goes with 'method: POST'")
    for field in ("join", "frame", "heartbeat"):
        if field in endpoint.model_fields_set:
            yield config.error((*at, field), f"'{field}' goes with 'transport: websocket'")
    if "row_order" in endpoint.model_fields_set and endpoint.kind is not Kind.EVENTS:
        yield config.error((*at, "row_order"), "'row_order' goes with 'kind: events'")
    yield from _read_as(config, place, endpoint)
    if endpoint.paging is not None:
        yield from _paged(config, place, endpoint, endpoint.paging)


def _read_as(config: Checked, place: Place, endpoint: Endpoint) -> Iterator[Problem]:
    """What does not go with the format."""
    at, kind = endpoint_path(*place), endpoint.format
    yield from check_pattern(config, (*at, "footer"), endpoint.footer)
    for name in ("columns", "skip_lines", "footer"):
        of_table = name == "columns" and kind == "html"
        if getattr(endpoint, name) and kind not in ("csv", "pipe", "auto") and not of_table:
            yield config.error((*at, name), f"'{name}' does not go with 'format: {kind}'")
    if endpoint.delimiter and kind not in ("csv", "auto"):
        yield config.error((*at, "delimiter"), f"'delimiter' does not go with 'format: {kind}'")
    if endpoint.rows and kind in ("csv", "pipe", "ics", "ndjson"):
        yield config.error((*at, "rows"), f"rows do not go with 'format: {kind}'")
    if kind == "xml" and not endpoint.rows:
        yield config.error((*at, "format"), "xml needs 'rows', the element of a row")


def _paged(config: Checked, place: Place, endpoint: Endpoint, paging: Paging) -> Iterator[Problem]:
    at = endpoint_path(*place)
    if endpoint.conditional:
        # A vendor's mark is one page's, and stands for none of the others.
        yield config.error((*at, "conditional"), "'conditional' does not go with 'paging'")
    if endpoint.max_calls and endpoint.max_calls < paging.max_pages:
        said = f"max_calls is {endpoint.max_calls}, and paging may take {paging.max_pages}"
        yield config.warning((*at, "max_calls"), said, "the rest would be cut off")


def _streamed(config: Checked, place: Place, endpoint: Endpoint) -> Iterator[Problem]:
    at = endpoint_path(*place)
    if endpoint.url is not None and not endpoint.url.startswith(_WEBSOCKET):
        yield config.error((*at, "url"), "'url' should begin with wss:// (or ws://)")
    for field in _POLLED_ONLY:
        if field in endpoint.model_fields_set:
            yield config.error((*at, field), f"'{field}' does not go with 'transport: websocket'")
    if "cap" in endpoint.model_fields_set and endpoint.kind is not Kind.EVENTS:
        yield config.error((*at, "cap"), "'cap' goes with 'kind: events'")
    if "*" in (endpoint.frame.each or "").split("."):
        said = "'each' cannot hold '*': it names the one list of a frame"
        yield config.error((*at, "frame", "each"), said, "leave '*' and what follows it out")
    if "*" in endpoint.frame.payload.split("."):
        said = "'payload' cannot hold '*': the bytes of one place of the frame are stored"
        hint = "name the place, for example data.0, or leave it out for the whole frame"
        yield config.error((*at, "frame", "payload"), said, hint)


def _paced(config: Checked, place: Place, endpoint: Endpoint) -> Iterator[Problem]:
    """Values that expire between two fetches, and fetches of unknown size."""
    every = endpoint.interval_seconds
    if every is not None and endpoint.ttl_seconds < every:
        said = (
            f"values expire after {endpoint.ttl_seconds:g} s and come every {every:g} s:"
            " the key is empty in between"
        )
        yield config.warning(endpoint_path(*place, "ttl_seconds"), said)
    # Sessions that poll less often need no look: there the store stretches both figures.
    if every is not None and (endpoint.max_age_seconds or every) < every:
        said = (
            f"values are stale after {endpoint.max_age_seconds:g} s and come every {every:g} s:"
            " nobody may use them in between"
        )
        yield config.warning(endpoint_path(*place, "max_age_seconds"), said)
    if endpoint.max_calls is not None:
        return
    hint = "give max_calls, so that the plan can count it"
    if endpoint.paging is not None and endpoint.paging.max_pages > 1:
        said = f"one fetch may take {endpoint.paging.max_pages} calls"
        yield config.warning(endpoint_path(*place, "paging"), said, hint)
    if any(isinstance(values, ExpandFrom) for values in endpoint.expand.values()):
        said = "how many calls one fetch takes depends on another feed"
        yield config.warning(endpoint_path(*place, "expand"), said, hint)


def _bridged(config: Checked, place: Place, endpoint: Endpoint) -> Iterator[Problem]:
    """Values of times of day, which have to last over the longest pause, mostly a weekend."""
    last, first, pause = longest_pause(endpoint.at)
    if endpoint.ttl_seconds < pause:
        said = (
            f"values expire after {endpoint.ttl_seconds:g} s, and from {last} to {first}"
            f" it is {pause} s: the key is empty in between"
        )
        hint = "a holiday makes it a day more"
        yield config.warning(endpoint_path(*place, "ttl_seconds"), said, hint)
