"""A key that is asked for by the name of its feed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_NAMES = 6


def of_feed(name: str, rows: Iterable[Mapping[str, Any]]) -> tuple[str | None, str]:
    """The key of the running feed called `name`, else what a person has to add to the name.

    `rows` are `feeds` of the status. `intraday:SPY` and `alpha_vantage.intraday:SPY` are
    `raw:av:bars:SPY`; of `intraday` alone is said which there are, and of a name that several
    sources have, whose. (None, "") where no feed is called so.
    """
    called, longer = dict[str, str](), list[str]()
    for row in rows:
        feed = row["feed"]
        own = feed.partition(".")[2]
        if name in (feed, own):
            called[feed] = row["key"]
        elif feed.startswith(f"{name}:") or own.startswith(f"{name}:"):
            longer.append(feed if feed.startswith(f"{name}:") else own)
    if len(called) == 1:
        return next(iter(called.values())), ""
    if called:
        return None, f"several feeds are called so: {_listed(called)}"
    if longer:
        return None, f"that feed has one for each of its values: {_listed(longer)}"
    return None, ""


def _listed(names: Iterable[str]) -> str:
    shown = list(dict.fromkeys(names))
    return ", ".join(shown[:_NAMES]) + (", …" if len(shown) > _NAMES else "")
