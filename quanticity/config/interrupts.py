"""Whether a person pressed Ctrl-C, or somebody's code raised what looks like it."""

from __future__ import annotations

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
