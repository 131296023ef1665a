"""The catalogue of feeds that ship, written from the shipped config."""

from __future__ import annotations

from quanticity import words
from quanticity.config.effective import Effective, EffectiveEndpoint, EffectiveSource
from quanticity.config.schema import Window
from quanticity.config.schema.endpoint import ExpandFrom

_LENGTHS = {1.0: "second", 60.0: "minute", 3600.0: "hour", 86_400.0: "day"}
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def feeds_catalogue(effective: Effective) -> str:
    """The page of every source and endpoint, in Markdown. Needs no key and shows none."""
    said = ["# Feeds that ship", "", "Written from `config/data_sources.yaml`.", ""]
    said += ["| source | what | key | feeds |", "|---|---|---|---|"]
    for source in effective.sources.values():
        keys = ", ".join(f"`{name}`" for name in source.source.auth.variables) or "none"
        what = _cell(source.source.description)
        said.append(
            f"| [{source.name}](#{source.name}) | {what} | {keys} | {len(source.endpoints)} |"
        )
    for source in effective.sources.values():
        said += ["", *_source(source)]
    return "\n".join(said) + "\n"


def dotenv_example(effective: Effective) -> str:
    """A `.env` with every variable that a shipped source or the store asks for, all empty."""
    said = [
        "# Copy to .env and fill in what you have. A source whose key is missing is off.",
        "# The real environment wins over this file.",
    ]
    seen: set[str] = set()
    for source in effective.sources.values():
        names = [name for name in source.source.auth.variables if name not in seen]
        if names:
            seen.update(names)
            said += ["", f"# {source.source.description}", *(f"{name}=" for name in names)]
    said += [
        "",
        "# A Redis or Valkey of yours instead of the embedded one; the demo leaves it alone",
    ]
    said += ["REDIS_URL="]
    return "\n".join(said) + "\n"


def _source(source: EffectiveSource) -> list[str]:
    settings = source.source
    said = [f"## {source.name}", "", f"{settings.description}.".replace("..", "."), ""]
    said.append(f"- Address: `{settings.base_url}`")
    if settings.auth.variables:
        keys = " and ".join(f"`{name}`" for name in settings.auth.variables)
        said.append(f"- Key: {keys}; off until set")
    if not settings.enabled:
        said.append("- Off by default: set `enabled: true` to use it")
    if source.limits.all_windows():
        said.append("- Limits: " + ", ".join(_window(one) for one in source.limits.all_windows()))
    if source.limits.max_in_flight:
        said.append(f"- At once: {source.limits.max_in_flight}")
    if settings.terms:
        said.append(f"- Terms: {settings.terms}")
    said += ["", "| feed | what | group | every | kept | key |", "|---|---|---|---|---|---|"]
    said += [_endpoint(endpoint) for endpoint in source.endpoints.values()]
    units = [
        f"- `{endpoint.name}`: {endpoint.endpoint.units}"
        for endpoint in source.endpoints.values()
        if endpoint.endpoint.units
    ]
    return [*said, "", "Units, and what surprises:", "", *units] if units else said


def _endpoint(endpoint: EffectiveEndpoint) -> str:
    settings = endpoint.endpoint
    off = "" if settings.enabled else " (off by default)"
    what = _cell(settings.description) + off
    return (
        f"| `{endpoint.name}` | {what} | {endpoint.group.value} | {_when(endpoint)} "
        f"| {span(settings.ttl_seconds)} | `{settings.redis_key}`{_of(endpoint)} |"
    )


def _when(endpoint: EffectiveEndpoint) -> str:
    settings = endpoint.endpoint
    if settings.interval_seconds is not None:
        return span(settings.interval_seconds)
    return f"at {', '.join(settings.at)}" if settings.at else "pushed"


def _of(endpoint: EffectiveEndpoint) -> str:
    """How many feeds it makes."""
    of = len(endpoint.symbols)
    parts = [words.count(of, "symbol")] if of else []
    for name, values in endpoint.endpoint.expand.items():
        many = values.select if isinstance(values, ExpandFrom) else str(len(values))
        parts.append(f"{name} {many}")
    return f" ({', '.join(parts)})" if parts else ""


def _window(window: Window) -> str:
    length = window.per or _LENGTHS.get(window.length) or span(window.length)
    buffer = f" less {window.buffer}" if window.buffer else ""
    state = window.market_state
    some = f" ({state.replace('_', ' ')})" if state is not None else ""
    return f"{window.limit:,}{buffer} in a {length}{some}"


def span(seconds: float) -> str:
    """A length of time as a person reads it: `90 s`, `2 min`, `1 d`."""
    for size, name in _UNITS:
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {name}"
    return f"{seconds:g} s"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
