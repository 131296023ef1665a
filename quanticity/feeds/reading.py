"""One shape for what several sources call differently, and which of their values count. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.config.schema.root import Aggregate, Reading
from quanticity.feeds.paths import MISSING, first

_AS_IT_CAME = Reading()


class Readings:
    """How the values of an aggregate's sources are read: `spec.reads`, by `source.feed`."""

    def __init__(self, spec: Aggregate) -> None:
        self._reads = spec.reads
        self._needs = spec.needs
        # All values have all fields, so that a reader need not ask whose it is.
        self._fields = tuple(
            dict.fromkeys(name for each in spec.reads.values() for name in each.fields)
        )

    def lacks(self, source: str, data: Any, age: float) -> str:
        """Why a value `age` seconds old counts for nothing; empty where it counts.

        `state is lost`, `no price`, `300 s old`.
        """
        reading = self._of(source)
        if reading.max_age_seconds is not None and age > reading.max_age_seconds:
            return f"{age:.0f} s old"
        for path, wanted in reading.only.items():
            there = first(data, path)
            if there is MISSING or there is None:
                return f"no {path}"
            # In Python True is 1, in a vendor's body it is not.
            if there != wanted or isinstance(there, bool) is not isinstance(wanted, bool):
                return f"{path} is {there}"
        for name in self._needs:
            if self._at(reading, name, data) is None:
                return f"no {name}"
        return ""

    def shaped(self, source: str, data: Any, values: Mapping[str, str]) -> Any:
        """A value as it is handed on: as it came, or its fields with the source that gave it.

        `values` are those of the key. A field that the source does not have is null, and named in
        `reason`, which is null where there is none such.
        """
        if not self._fields:
            return data
        reading = self._of(source)
        found = {name: self._at(reading, name, data) for name in self._fields}
        missing = [name for name, value in found.items() if value is None]
        reason = f"{source} has no {', no '.join(missing)}" if missing else None
        return {**values, "source": source, **found, "reason": reason}

    def _of(self, source: str) -> Reading:
        return self._reads.get(source, _AS_IT_CAME)

    def _at(self, reading: Reading, name: str, data: Any) -> Any:
        path = reading.fields.get(name)
        found = first(data, path) if path is not None else None
        return None if found is MISSING else found
