"""Work that goes on beside the rest: where it comes to an end by a mistake, that is told."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from quanticity.logs import format_exception, logger


def started(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """A task of that name. What it raises is logged at once: nobody waits for it."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_tell_of_a_crash)
    return task


def _tell_of_a_crash(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("{} has stopped for good: {}", task.get_name(), format_exception(error))
