"""Whose it is what is raised in somebody's code: its own failure, or an order to stop."""

from __future__ import annotations

import asyncio
import dis
import signal

_RAISES = frozenset(dis.opmap[name] for name in ("RAISE_VARARGS", "RERAISE"))


def is_ctrl_c(error: BaseException) -> bool:
    """True for a KeyboardInterrupt that no statement raised: it came from outside, at any line."""
    if not isinstance(error, KeyboardInterrupt):
        return False
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return False
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is None or trace.tb_frame.f_code.co_code[trace.tb_lasti] not in _RAISES


def is_its_own(error: BaseException) -> bool:
    """Whether it is a failure of the code that it came out of, like any other.

    It is not where a person pressed Ctrl-C, where this task was told to stop, or a coroutine is
    closed. Left alone, what code raises of these kinds ends a task or a process without a word.
    """
    if isinstance(error, asyncio.CancelledError):
        try:
            task = asyncio.current_task()
        except RuntimeError:
            return True  # there is no loop: nothing here could be told to stop
        return task is not None and not task.cancelling()
    return not isinstance(error, GeneratorExit) and not is_ctrl_c(error)
