"""Compiles the kernels before any process of plugins is started, where that was never done.

In a process of its own, which can be ended at once: the server that forks the others would do it
too, but nobody who stops the system would like to wait for a compiler.
"""

from __future__ import annotations

import asyncio
import os
import sys

from quanticity.logs import logger
from quanticity.runtime.forks import HOME

_COMPILE = (
    "from quanticity.runtime.process import end_with_parent; end_with_parent(); "
    "from quanticity.quant.__main__ import main; main()"
)
# Tokens of vendors are none of a compiler's business.
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


async def compile_kernels() -> None:
    """Compile all; what fails is told, and tried again by the first process that loads it."""
    environ = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _COMPILE),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**environ, "PYTHONPATH": str(HOME)},
        start_new_session=True,  # Ctrl-C in a terminal is for the system, which ends this
    )
    try:
        _, said = await process.communicate()
        if process.returncode:
            last = said.decode(errors="replace").strip().rpartition("\n")[2]
            logger.warning("the kernels cannot be compiled: {}", last)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
