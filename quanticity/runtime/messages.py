"""From an event to what people are told. Nothing priced leaves here before there are fills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quanticity.component import Message
from quanticity.logs import redact
from quanticity.model import Envelope

_LEVELS = {"recovered": "info", "info": "info", "critical": "critical", "error": "critical"}
# What may be said of a signal: no strike, no price, no size. Free text is left out, for it may
# hold any of them.
_OF_A_SIGNAL = ("strategy", "direction", "confidence")
_MOST_FIELDS = 20
_LONGEST = 1500


def message_of(key: str, event_id: str, one: Envelope) -> Message | None:
    """The message of one event of `key`; None where there is nothing to tell."""
    data = one.data
    if not isinstance(data, Mapping):
        return None
    mark = f"{key}:{event_id}"
    if key.startswith("signals:"):
        return _signal(mark, data, one)
    return _alert(mark, key, data, one)


def _alert(mark: str, key: str, data: Mapping[str, Any], one: Envelope) -> Message | None:
    text = data.get("message") or data.get("text")
    if not text:
        return None
    kind = str(data.get("kind") or "alert")
    about = str(data.get("feed") or data.get("component") or key)
    level = str(data.get("level") or _LEVELS.get(kind, "warning"))
    return Message(
        id=mark,
        kind="alert",
        title=_short(f"{about}: {kind}"),
        text=_short(str(text)),
        created=one.timestamp,
        level=level if level in ("info", "warning", "critical") else "warning",
    )


def _signal(mark: str, data: Mapping[str, Any], one: Envelope) -> Message | None:
    symbol, strategy = data.get("symbol"), data.get("strategy")
    if not symbol or not strategy:
        return None
    fields = {name: _plain(data[name]) for name in _OF_A_SIGNAL if data.get(name) is not None}
    triggers = data.get("triggers")
    if not isinstance(triggers, list | tuple):
        triggers = ()
    names = [str(one.get("name", "")) if isinstance(one, Mapping) else "" for one in triggers]
    said = ", ".join(name.replace("_", " ") for name in names if name)
    return Message(
        id=mark,
        kind="signal",
        title=_short(f"{symbol}: {data.get('direction') or 'signal'}"),
        text=_short(said or "a signal, without reasons that can be told"),
        created=one.timestamp,
        fields=dict(list(fields.items())[:_MOST_FIELDS]),
    )


def _plain(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else redact(str(value))


def _short(text: str) -> str:
    text = redact(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
