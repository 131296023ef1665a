"""Imported first by the server that forks the processes of plugins: deaf to SIGTERM.

A service manager sends it to every process of the service at once. The supervisor alone hears it,
and ends the others in order; the server ends when the supervisor is gone, and so do they.
"""

from __future__ import annotations

import signal

signal.signal(signal.SIGTERM, signal.SIG_IGN)
