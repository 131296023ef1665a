"""What a websocket frame says: its channel, its payload as the vendor's bytes, its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from quanticity.config.schema.websocket import Frame
from quanticity.errors import BadBody
from quanticity.feeds.json_text import decode
from quanticity.feeds.paths import MISSING, first
from quanticity.parse import moment

_REFUSALS = frozenset(("error", "failed", "refused", "denied", "unauthorized"))
_KINDS = ("type", "status", "event", "ev", "T")
_SHOWN = 160
AHEAD = 5.0
"""Seconds by which a vendor's clock may be ahead of ours before we stop believing it."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A frame of data: where it belongs, and what of it is stored.

    `text` is the payload's own bytes, `payload` the same decoded. `timestamp` is epoch seconds,
    None where the frame names none that can be believed.
    """

    text: bytes
    payload: Any
    values: Mapping[str, str]
    timestamp: float | None


class FrameReader:
    """Reads frames of one kind: paths, acknowledgements and values as YAML describes them."""

    def __init__(self, spec: Frame, max_depth: int) -> None:
        self._spec = spec
        self._max_depth = max_depth

    @property
    def path(self) -> str | None:
        """Where the channel's name stands; None where frames name none."""
        return self._spec.channel

    def decode(self, frame: bytes) -> Any:
        """The whole frame. BadBody where it is not JSON, or nested too deep."""
        return decode(frame, self._max_depth)

    @property
    def each(self) -> str | None:
        """Where a frame holds a list of messages; None where it is one itself."""
        return self._spec.each

    def channel(self, frame: Any) -> str | None:
        """The channel's name; None where frames have none."""
        if self._spec.channel is None:
            return None
        found = first(frame, self._spec.channel)
        return found if isinstance(found, str) else None

    def acknowledges(self, frame: Any) -> bool:
        """Whether it only says that something was understood."""
        return any(first(frame, path) == value for path, value in self._spec.ignore.items())

    def refusal(self, frame: Any) -> str:
        """What a frame says that says no where an acknowledgement would say yes; else ''."""
        for path in self._spec.ignore:
            found = first(frame, path)
            if _is_refusal(found):
                payload = first(frame, self._spec.payload)
                shown = frame if payload is MISSING else payload
                return orjson.dumps(shown).decode()[:_SHOWN]
        return ""

    def says_no(self, frame: Any) -> str:
        """What a frame that is no feed's says where it says no to something we sent; else ''.

        Beside what `refusal` finds, vendors answer a message of ours that they do not like with
        `error`, or say so where their frames name their kind.
        """
        if not isinstance(frame, Mapping):
            return ""
        if no := self.refusal(frame):
            return no
        error = frame.get("error")
        kinds = (frame.get(name) for name in _KINDS)
        if (isinstance(error, (str, dict)) and error) or any(map(_is_refusal, kinds)):
            return orjson.dumps(error or frame).decode()[:_SHOWN]
        return ""

    def fits(self, frame: Any) -> bool:
        """Whether it has a payload, or says that something was understood."""
        return first(frame, self._spec.payload) is not MISSING or self.acknowledges(frame)

    def values(self, frame: Any, channel: str | None) -> Mapping[str, str]:
        """What it says of the placeholders of its key: behind the colon, and where YAML says."""
        values = {}
        if channel is not None and ":" in channel:
            values["symbol"] = channel.partition(":")[2]
        for name, path in self._spec.values.items():
            found = first(frame, path)
            if isinstance(found, str | int) and not isinstance(found, bool):
                values[name] = str(found)
        return values

    def cut(self, text: bytes, frame: Any, channel: str | None, received: float) -> Cut:
        """What of a frame is stored. BadBody where it has no payload."""
        payload = first(frame, self._spec.payload)
        if payload is MISSING:
            raise BadBody(f"a frame without '{self._spec.payload}', where its payload should be")
        return Cut(
            raw_at(text, self._spec.payload),
            payload,
            self.values(frame, channel),
            self._timestamp(frame, received),
        )

    def _timestamp(self, frame: Any, received: float) -> float | None:
        if self._spec.timestamp is None:
            return None
        stated = moment(first(frame, self._spec.timestamp))
        if stated is None or stated > received + AHEAD:
            return None
        return min(stated, received)


def _is_refusal(said: Any) -> bool:
    """Whether a word says no: `error`, `auth_failed`."""
    return isinstance(said, str) and said.lower().rpartition("_")[2] in _REFUSALS


def messages(text: bytes, frame: Any, each: str | None) -> Sequence[tuple[bytes, Any]]:
    """The messages in a frame, each as it stands there and decoded.

    A frame without a list at `each` is one message itself: a ping, or an acknowledgement.
    """
    found = MISSING if each is None else first(frame, each)
    if each is None or not isinstance(found, list):
        return ((text, frame),)
    items = msgspec.json.decode(raw_at(text, each), type=list[msgspec.Raw])
    return [(bytes(item), message) for item, message in zip(items, found, strict=True)]


def raw_at(text: bytes, path: str) -> bytes:
    """The bytes of the value at a dotted path, as they stand in JSON text.

    `text` must be valid, and the path must lead somewhere: see `paths.first`.
    """
    while path:
        if text.lstrip()[:1] == b"[":
            head, _, path = path.partition(".")
            items = msgspec.json.decode(text, type=list[msgspec.Raw])
            text = bytes(items[int(head)])
        else:
            fields = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
            name = _longest(path, fields)
            text, path = bytes(fields[name]), path[len(name) + 1 :]
    return text


def _longest(path: str, fields: Mapping[str, Any]) -> str:
    """The longest beginning of `path`, ending at a dot, that is a field: names may hold dots."""
    name = path
    while name not in fields and "." in name:
        name = name.rpartition(".")[0]
    return name
