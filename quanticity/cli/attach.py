"""Attaching to the running system's store, for commands that look and go."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from quanticity.cli.options import Place, program
from quanticity.clock import LiveClock
from quanticity.config.loader import load
from quanticity.config.schema.root import StoreSettings
from quanticity.errors import ConfigError, NothingRuns, StoreUnavailable
from quanticity.logs import redact
from quanticity.store.opening import open_store, store_settings
from quanticity.store.redis_store import RedisStore

T = TypeVar("T")


def with_store(place: Place, work: Callable[[RedisStore], Awaitable[T]]) -> T:
    """Run `work` on the store of a live system; says how to start one where none is."""
    return asyncio.run(_attached(place, work))


async def _attached(place: Place, work: Callable[[RedisStore], Awaitable[T]]) -> T:
    store = await _find(place)
    try:
        if why := await store.why_no_writes():
            said = f"{place.env} runs, but its store takes no writes, so what it holds may be old"
            typer.echo(redact(f"{said}: {why}"), err=True)
        return await work(store)
    finally:
        await store.close()


async def _find(place: Place) -> RedisStore:
    # The server in the data folder first: it lives only while its system does, and it is found
    # even while an edit of the config does not load.
    clock = LiveClock()
    try:
        return await open_store(StoreSettings(), place.data, clock, {}, attach_only=True)
    except StoreUnavailable as nobody:
        try:
            settings, environ = store_settings(load(place.location.base, place.env), os.environ)
        except ConfigError:
            # Both are to be mended, whichever is the matter.
            typer.echo(_nobody_there(place), err=True)
            raise
        if not (settings.url or environ.get("REDIS_URL")):
            if not isinstance(nobody, NothingRuns):
                raise StoreUnavailable(f"{place.env}: {nobody}") from nobody
            raise StoreUnavailable(_nobody_there(place)) from nobody
    try:
        return await open_store(settings, place.data, clock, environ, attach_only=True)
    except StoreUnavailable as error:
        raise StoreUnavailable(f"{place.env}: {error}") from error


def _nobody_there(place: Place) -> str:
    text = f"no system is running in environment {place.env} ({place.data})"
    known = place.location.environments()
    others = sorted(
        sibling.name
        for sibling in place.data.parent.glob("*")
        if sibling.is_dir() and sibling != place.data and sibling.name in known
    )
    if others:
        text += f"; there is state of {', '.join(others)}: choose it with --env"
    return text + f"; start one with: {program()} run {place.options}"
