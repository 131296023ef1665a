"""How a plugin marks a function as one of the hooks (see `runtime/hookspecs.py`)."""

from __future__ import annotations

import pluggy

PROJECT = "quanticity"

hookimpl = pluggy.HookimplMarker(PROJECT)
