"""Writes what was discovered into `discovered.yaml`, for people and other programs."""

from collections.abc import Mapping
from typing import Any

import msgspec

from quanticity.api import Context, Key, Source, Spec, Value, field

_HEAD = "# Written by quanticity each time it discovers parameters; edits are overwritten.\n"


class DiscoveredFileParams(Spec):
    """Which file, and how soon it follows."""

    file: str = field(
        "discovered.yaml",
        help="name of the file in the folder `files` of the data directory",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$",
    )
    every: float = field(5.0, help="time between two looks", unit="seconds", gt=0)


class DiscoveredFile(Source):
    """One file, whole or not at all, of plain YAML: mappings, lists, texts, numbers, null.

    An edge, because a file is of the world: what is discovered is pure, and replays without it.
    """

    name = "discovered_file"
    Params = DiscoveredFileParams
    reads = {"found": Key("analytics:discovery", 86_400.0, view=Value, optional=True)}
    writes = {"written": Key("analytics:discovery:file", ttl=86_400.0)}

    async def run(self, context: Context) -> None:
        """Write it when there is a newer one; go on until cancelled."""
        seen = ""
        while True:
            found = await context.get("found")
            if found is not None and found.seq != seen:
                seen = found.seq
                text = msgspec.yaml.encode(_plain(found.data)).decode()
                path = context.files.write(self.params.file, _HEAD + text)
                context.put("written", {"path": path, "reason": None}, timestamp=found.timestamp)
            await context.sleep(self.params.every)


def _plain(value: Any) -> Any:
    """The value made of dicts and lists, which every parser of YAML knows."""
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
