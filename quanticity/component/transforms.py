"""What plugins and transforms are made of.

A transform is a pure function: the decoded payload, its options and what it remembered in; the
value to store and what to remember out. It has no clock, no network and no randomness.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

State = Any


@dataclass(frozen=True, slots=True)
class TransformContext:
    """What a transform may know beside its payload: `config["context"]` holds one.

    `values` are the feed's placeholders (`{"symbol": "SPY"}`), `received` is epoch seconds.
    """

    feed: str
    values: Mapping[str, str]
    received: float


class Transform(Protocol):
    """`transform(payload, config, state) -> (value, state)`."""

    def __call__(self, payload: Any, config: Mapping[str, Any], state: State) -> tuple[Any, State]:
        """Turn a decoded payload into the value to store; `state` is None the first time."""
        ...


F = TypeVar("F", bound=Callable[..., Any])

TRANSFORM_MARK = "__quanticity_transform__"


def transform(function: F) -> F:
    """Mark a function of `transforms/` as usable by name in YAML (its own name)."""
    setattr(function, TRANSFORM_MARK, True)
    return function
