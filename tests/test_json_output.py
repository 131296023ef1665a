"""`--format json` prints the fields that docs/json-output.md says, and no others."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.cli.asked import asked
from tests.conftest import demo_environment

ROOT = Path(__file__).parents[1]
PATIENCE = 90.0
LIVE = ("explain", "keys", "status", "status --verify")

# The title of a section, and a command that prints what it describes.
JSON_OF = {
    "check": "check",
    "plan": "plan --session market_hours",
    "plan --against": "plan --session market_hours --against dev",
    "feeds": "feeds",
    "components": "components",
    "graph": "graph",
    "status": "status",
    "status --verify": "status --verify background",
    "keys": "keys raw:uw:*",
    "explain": "explain raw:uw:spot_gex:SPY",
    "probe": "probe unusual_whales.spot_gex --symbol SPY",
    "config diff": "config diff demo dev",
}


def _documented_fields() -> dict[str, set[str]]:
    page = (ROOT / "docs" / "json-output.md").read_text(encoding="utf-8")
    found = {}
    for section in page.split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        found[title.split(", ")[-1]] = set(re.findall(r"^\| `([^`]+)` \|", body, re.MULTILINE))
    return found


def _fields(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _fields(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for inner in value:
            yield from _fields(inner, f"{path}[]")
    else:
        yield f"{path}[]" if isinstance(value, list) else path


# Not in one test: the demo that some of them ask would run beside the others.
def test_json_has_the_fields_that_are_documented(tmp_path: Path):
    titles = [title for title in _documented_fields() if title in JSON_OF and title not in LIVE]
    assert len(titles) == len(JSON_OF) - len(LIVE)
    for title in titles:
        _prints_what_is_documented(title, demo_environment(tmp_path))


def test_json_of_a_running_system_has_the_fields_that_are_documented(running: dict[str, str]):
    for title in LIVE:
        # Its plugins come up after its feeds: what they tell of themselves is waited for.
        ends = time.monotonic() + PATIENCE
        while _difference(title, running) and time.monotonic() < ends:
            time.sleep(0.5)
        _prints_what_is_documented(title, running)


def _prints_what_is_documented(title: str, environment: dict[str, str]) -> None:
    assert not (why := _difference(title, environment)), why


def _difference(title: str, environment: dict[str, str]) -> str:
    """What a command prints that its page does not say, or the other way round."""
    documented = _documented_fields()[title]
    said = asked([*shlex.split(JSON_OF[title]), "--format", "json"], ROOT, environment)
    if not said.out:
        return f"{title} prints nothing, ends with {said.status} and says: {said.err}"
    printed = set(_fields(json.loads(said.out)))
    if strange := {name for name in printed if not any(_meet(name, each) for each in documented)}:
        return f"{title} prints what docs/json-output.md does not say: {strange}"
    if absent := {name for name in documented if not any(_meet(name, each) for each in printed)}:
        return f"{title} does not print what docs/json-output.md says: {absent}"
    return ""


def _meet(one: str, other: str) -> bool:
    """Whether both are one field, or one lies below the other (in a mapping, an empty list)."""
    short, long = sorted((one, other), key=len)
    return short == long or long.startswith((f"{short}.", f"{short}["))
