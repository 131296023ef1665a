"""Values as a DataFrame, with the types and times that their texts mean.

Vendors write numbers and times as text. A column whose every text is a number becomes numbers,
one of moments or days becomes times; a column with anything else stays as it came.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
import pandas as pd

from quanticity.clock import EASTERN
from quanticity.views import Stored

# A leading zero makes a code (a CIK, a ZIP), not a number.
_NUMBER = r"[-+]?(?:0|[1-9][0-9]*)?(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_DIGIT = r".*[0-9].*"
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
_ZONE = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def frame(values: Iterable[Stored]) -> pd.DataFrame:
    """One row for each row of each value, oldest value first.

    The index `time` is when the data was true, Eastern. `key_received`, `key_source` and
    `key_seq` say where a row came from.
    """
    rows: list[dict[str, Any]] = []
    for one in values:
        told = {
            "time": one.timestamp,
            "key_received": one.received,
            "key_source": one.source,
            "key_seq": one.seq,
        }
        rows += [{**row, **told} for row in _rows(orjson.loads(memoryview(one.data)))]
    if not rows:
        return pd.DataFrame(index=pd.DatetimeIndex([], tz=EASTERN, name="time"))
    made = pd.json_normalize(rows)
    ours = ["key_received", "key_source", "key_seq"]
    made = made[[name for name in made.columns if name not in ours] + ours]
    made["key_received"] = _epochs(made["key_received"])
    made["time"] = _epochs(made["time"])
    for name in made.columns:
        if name not in (*ours, "time"):
            made[name] = _typed(made[name])
    return made.set_index("time")


def _rows(data: Any) -> list[dict[str, Any]]:
    """What of a value are its rows: a list of objects, or such a list in `data`, or the whole."""
    inside = data.get("data") if isinstance(data, dict) else data
    if isinstance(inside, list) and all(isinstance(row, dict) for row in inside):
        return [_named(row) for row in inside]
    if isinstance(data, dict):
        return [_named(data)]
    return [{"value": data}]


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """A vendor's own `time` is not the index."""
    return {"data.time" if name == "time" else name: value for name, value in row.items()}


def _epochs(column: pd.Series[Any]) -> pd.Series[Any]:
    moments = pd.to_datetime((column * 1e6).round().astype("int64"), unit="us", utc=True)
    return moments.dt.tz_convert(EASTERN)


def _typed(column: pd.Series[Any]) -> pd.Series[Any]:
    given = column.dropna()
    if given.empty or not given.map(lambda one: isinstance(one, str)).all():
        return column
    texts = given.astype(str).str

    def all_are(pattern: str) -> bool:
        return bool(texts.fullmatch(pattern).all())

    if all_are(_NUMBER) and all_are(_DIGIT):
        return pd.to_numeric(column)
    if all_are(_MOMENT + _ZONE):
        return pd.to_datetime(column, format="ISO8601", utc=True).dt.tz_convert(EASTERN)
    if all_are(_MOMENT) or all_are(_DAY):
        # Without a zone it is the vendor's local time, and stays without one.
        try:
            return pd.to_datetime(column, format="ISO8601")
        except ValueError:
            return column
    return column
