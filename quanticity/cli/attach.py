"""Attaching to the running system's store, for commands that look and go."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from quanticity.app import store_settings
from quanticity.cli.options import Place
from quanticity.clock import LiveClock
from quanticity.config.loader import load
from quanticity.errors import StoreUnavailable
from quanticity.store.opening import open_store
from quanticity.store.ports import Store

T = TypeVar("T")


def with_store(place: Place, work: Callable[[Store], Awaitable[T]]) -> T:
    """Run `work` on the store of a live system; says how to start one where none is."""
    return asyncio.run(_attached(place, work))


async def _attached(place: Place, work: Callable[[Store], Awaitable[T]]) -> T:
    loaded = load(place.location.base, place.env, os.environ)
    settings, environ = store_settings(loaded, os.environ)
    try:
        store = await open_store(settings, place.data, LiveClock(), environ, attach_only=True)
    except StoreUnavailable as error:
        raise StoreUnavailable(_nobody_there(place, str(error))) from error
    try:
        return await work(store)
    finally:
        await store.close()


def _nobody_there(place: Place, reason: str) -> str:
    text = f"no system is running in environment {place.env}: {reason}"
    others = [
        sibling.name
        for sibling in place.data.parent.glob("*")
        if sibling.is_dir() and sibling != place.data
    ]
    if others:
        text += f"; there is state of {', '.join(sorted(others))} (choose with --env)"
    return text + f"; start one with: quanticity run --env {place.env}"
