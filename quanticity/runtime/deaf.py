"""Imported first by the server that forks the processes of plugins: deaf to SIGTERM and SIGINT.

A service manager, and Ctrl-C in a terminal, send one to every process at once. The supervisor
alone hears it, and ends the others in order; the server ends when the supervisor is gone, and so
do they.
"""

from __future__ import annotations

import signal

from quanticity.runtime.newborn import hears

for _number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(_number, signal.SIG_IGN)
hears(signal.SIGTERM, signal.SIGINT)
