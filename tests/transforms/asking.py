"""How the tests ask a transform, and where recorded bodies lie."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from quanticity.component import TransformContext

RECORDED = Path(__file__).parents[3] / "shared" / "vendor" / "recorded"


def ask(function: Callable[..., Any], payload: Any, **values: str) -> Any:
    """The value of one run; every value has to be JSON, and a second run must say the same."""
    context = TransformContext("source.feed", values, 1_767_625_200.0)
    value, _ = function(copy.deepcopy(payload), {"context": context}, None)
    again, _ = function(copy.deepcopy(payload), {"context": context}, None)
    assert orjson.dumps(value) == orjson.dumps(again)
    return value


def recorded(name: str) -> Any:
    """A recorded body, where the recordings are beside the repository."""
    file = RECORDED / name
    if not file.exists():
        pytest.skip(f"no recorded bodies here ({name}); they are not part of the repository")
    return orjson.loads(file.read_bytes().removeprefix(b"\xef\xbb\xbf"))
