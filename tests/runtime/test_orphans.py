"""When the supervisor is killed, nothing that it started lives on, whatever plugins do."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.cli.asked import processes_naming, project, running
from tests.cli.test_crashes import workers_of

SOURCE = '''
"""A source that does not end."""

from quanticity.api import Source

class Deaf(Source):
    """Hears no order to stop."""

    name = "deaf"

    async def run(self, context):
        while True:
            try:
                await context.sleep(0.1)
            except BaseException:
                pass
'''


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_after_kill_9_a_source_that_never_ends_kept_its_process_and_the_store_alive(
    tmp_path: Path,
) -> None:
    project(tmp_path)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "deaf.py").write_text(SOURCE)
    with (tmp_path / "config" / "data_sources.yaml").open("a") as config:
        config.write("components:\n  deaf: {enabled: true}\n")
    with running("--data", str(tmp_path / "data"), cwd=tmp_path) as system:
        system.wait_for("✓ plugins")
        workers = workers_of(system.process.pid)
        assert workers
        os.kill(system.process.pid, signal.SIGKILL)
        system.process.wait(10)
    ends = time.monotonic() + 60
    while any(Path(f"/proc/{one}").exists() for one in workers) or processes_naming(
        str(tmp_path / "data")
    ):
        assert time.monotonic() < ends, processes_naming(str(tmp_path / "data"))
        time.sleep(0.1)
