"""What a component is handed: the inputs it declared, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from quanticity.errors import UndeclaredRead


class Inputs(Mapping[str, Any]):
    """The inputs of one run by their declared names: `inputs.chain` or `inputs["chain"]`.

    A latest key gives its view (None where optional and missing or stale), an events key the
    tuple of new events since the last run as one view, a key with `over` a mapping of views.
    Nothing in it can be changed. A name that was not declared raises `UndeclaredRead`.
    """

    __slots__ = ("_component", "_views")

    def __init__(self, component: str, views: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_component", component)
        object.__setattr__(self, "_views", views)

    def __getitem__(self, name: str) -> Any:
        try:
            return self._views[name]
        except KeyError:
            declared = ", ".join(sorted(self._views)) or "nothing"
            text = f"{self._component}: it reads '{name}' but declares {declared}"
            raise UndeclaredRead(text) from None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __setattr__(self, name: str, value: object) -> None:
        raise UndeclaredRead(f"{self._component}: inputs cannot be changed ('{name}')")

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)
