"""A message whose stamps are off, as those of a gateway with a wrong clock."""

from __future__ import annotations

from quanticity.sim.gateway.wire import framed

# Message id: the place of the epoch second among its fields.
_SECONDS = {"49": 2, "50": 3, "99": 3}
_LAST_TIMESTAMP, _RT_VOLUME, _RT_TRADE_VOLUME = "45", "48", "77"


def skewed(message: bytes, seconds: float) -> bytes:
    """The frame with all that it stamps moved by `seconds`; as it is, where it stamps nothing."""
    fields = message[4:].decode().split("\0")
    at = _SECONDS.get(fields[0])
    if at is not None:
        fields[at] = str(int(fields[at]) + round(seconds))
    elif fields[0] == "46" and fields[3] == _LAST_TIMESTAMP:
        fields[4] = str(int(fields[4]) + round(seconds))
    elif fields[0] == "46" and fields[3] in (_RT_VOLUME, _RT_TRADE_VOLUME):
        parts = fields[4].split(";")
        parts[2] = str(int(parts[2]) + round(seconds * 1000))
        fields[4] = ";".join(parts)
    else:
        return message
    return framed("\0".join(fields))
