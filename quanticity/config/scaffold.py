"""`new feed` and `new transform`: what a person fills in, ready to load as it is."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quanticity.config.document import Document, parse, read
from quanticity.config.insert import insert_endpoint, insert_source
from quanticity.config.location import Location
from quanticity.errors import ConfigError, Problem
from quanticity.plain_file import read_plain
from quanticity.spec import near

_NAME = re.compile(r"[a-z][a-z0-9_]*")
# With `test_` before it and `.py` behind it is the name of a file as well.
_LONGEST = 100
_UNFIT = re.compile(r"[^a-z0-9]+")
_PREFIX = re.compile(r"raw:([\w.\-]+):")

_FEED = """\
{name}:
  description: "What it gives, in one line"
  units: "Units of its figures, and what surprises in them"
  enabled: false                    # true once the path is right
  path: "/path/of/{{symbol}}"
  symbols: [SPY]                    # or a group; left out: one feed
  # params: {{date: today}}           # or last_n_days:5, 0-2, "{{symbol}}"
  interval_seconds: 60              # or: at: ["06:00"]
  redis_key: "raw:{prefix}:{name}:{{symbol}}"
  ttl_seconds: 180                  # longer than the interval
  priority: nice_to_have            # critical, important, background
  # timestamp: {{path: "data.*.time"}}  # where the vendor's own time stands
  # transform: {name}  # a function of transforms/
  # contract: contracts/{name}.json  # JSON Schema of the body
"""

_SOURCE = """\
{source}:
  description: "What the vendor gives, in one line"
  base_url: "https://api.example.com/v1"
  # auth: {{type: bearer, token_env: {variable}_TOKEN}}  # kept in .env
  rate_limits: {{requests_per_minute: 60, max_in_flight: 2}}
  terms: "What its terms say of automated use"
  endpoints:
"""

_TRANSFORM = '''\
"""One line: what this makes of the vendor's body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.api import State, transform


@transform
def {name}(payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
    """The rows of the body as they came. A pure function: no clock, no network, no chance."""
    rows = payload.get("data", payload) if isinstance(payload, Mapping) else payload
    return rows, state
'''

_TRANSFORM_TEST = '''\
"""What `transforms/{name}.py` makes of a body."""

import runpy
from pathlib import Path

HERE = Path(__file__).resolve().parents[2] / "transforms" / "{name}.py"
{name} = runpy.run_path(str(HERE))["{name}"]


def test_it_gives_the_rows_of_the_body():
    value, state = {name}({{"data": [{{"price": "1.5"}}]}}, {{}}, None)
    assert value == [{{"price": "1.5"}}]
    assert state is None
'''


@dataclass(frozen=True, slots=True)
class Feed:
    """A new endpoint: the block of YAML, and the file it went into, None where it went nowhere.

    The block is as deep as it stands in the file, ready to paste; at the margin where the file
    has no safe place for it. `why` says so then, for a person.
    """

    block: str
    path: Path | None
    line: int = 0
    why: str = ""


def new_feed(
    location: Location, name: str, *, write: bool = True, new_source: bool = False
) -> Feed:
    """Add an endpoint, `source.name`, to the base file; the rest of it stays byte for byte.

    An unknown source is added too where `new_source` says that it is meant. The block is off
    until a person turns it on, and loads as it is. Where the file's form leaves no safe place it
    is only returned. ConfigError for a name that is taken or is none.
    """
    source, dot, feed = name.partition(".")
    document = read(location.base, location.shown(location.base))
    if document.problems:
        raise ConfigError(document.problems)
    sources = document.tree.get("data_sources") or {}
    if not dot:
        hint = f"for example {next(iter(sources), 'vendor')}.{_fit(name)}"
        raise ConfigError([Problem("", 0, 0, f"'{name}' names no source", hint)])
    for part in (source, feed):
        check_name(part)
    endpoints = (sources.get(source) or {}).get("endpoints") or {}
    if feed in endpoints:
        place = document.locate(("data_sources", source, "endpoints", feed))
        raise ConfigError([Problem(*place, f"'{name}' is there already")])
    if (source in sources) is new_source:
        raise ConfigError([_unclear(document, source, sources)])
    block = _FEED.format(name=feed, source=source, prefix=_prefix(source, endpoints.values()))
    raw = read_plain(location.base)
    if source in sources:
        edited = insert_endpoint(raw, document, source, block)
    else:
        whole = _SOURCE.format(source=source, variable=source.upper()) + _indented(block, 4)
        edited = insert_source(raw, document, whole)
        block = whole
    if edited is None:
        why = f"{document.file} leaves no safe place for it; put it in by hand"
        return Feed(block, None, why=why)
    if write:
        location.base.write_bytes(edited)
    after = parse(edited, document.file)
    _, line, _ = after.locate(("data_sources", source, "endpoints", feed))
    outermost = ("endpoints", feed) if source in sources else ()
    _, _, column = after.locate(("data_sources", source, *outermost))
    return Feed(_indented(block, column - 1), location.base, line)


def new_transform(location: Location, name: str) -> tuple[Path, Path]:
    """Write `transforms/NAME.py` and a test of it that passes; both paths are returned.

    ConfigError for a name that is no name, or is taken.
    """
    check_name(name)
    source = location.home / "transforms" / f"{name}.py"
    test = location.home / "tests" / "transforms" / f"test_{name}.py"
    for file in (source, test):
        if file.exists():
            shown = location.shown(file)
            raise ConfigError([Problem(shown, 0, 0, "is there already", "choose another name")])
    for file, text in ((source, _TRANSFORM), (test, _TRANSFORM_TEST)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(name=name), "utf-8")
    return source, test


def _unclear(document: Document, source: str, sources: Mapping[str, Any]) -> Problem:
    """A misspelt source would become a vendor of its own, so a new one is asked for by name."""
    if source in sources:
        place = document.locate(("data_sources", source))
        return Problem(*place, f"the source '{source}' is there already", "leave --new-source out")
    meant = near(source, sources) or f"there are {', '.join(sources) or 'none yet'}"
    hint = (
        f"{meant} For a new vendor add --new-source"
        if meant.endswith("?")
        else (f"{meant}; for a new vendor add --new-source")
    )
    return Problem("", 0, 0, f"there is no source '{source}'", hint)


def check_name(name: str) -> None:
    """ConfigError where it cannot name a file, a function and a key."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or len(name) > _LONGEST:
        hint = f"small letters, digits and _, a letter first, at most {_LONGEST}"
        if keyword.iskeyword(name):
            hint = f"it is a word of Python's, another one can be: '{name}_'"
        shown = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
        raise ConfigError([Problem("", 0, 0, f"'{shown}' cannot be a name", hint)])


def _fit(name: str) -> str:
    """What is like `name` and can be one."""
    fit = _UNFIT.sub("_", name.lower()).strip("_")[:_LONGEST]
    return fit if _NAME.fullmatch(fit) and not keyword.iskeyword(fit) else "quote"


def _prefix(source: str, endpoints: Iterable[Any]) -> str:
    """What most keys of the source begin with after `raw:`, else its name."""
    keys = (str(each.get("redis_key")) for each in endpoints if isinstance(each, Mapping))
    found = Counter(match[1] for key in keys if (match := _PREFIX.match(key)))
    return found.most_common(1)[0][0] if found else source


def _indented(block: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}" for line in block.splitlines(keepends=True))
