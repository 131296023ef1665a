"""The first start on a machine, before any kernel was compiled."""

from __future__ import annotations

import shutil
from pathlib import Path

from quanticity.quant.kernels import uncompiled
from tests.cli.asked import running

ROOT = Path(__file__).parents[2]


def test_a_start_that_compiles_kernels_is_stopped_at_once_and_leaves_no_compiler(
    tmp_path: Path,
) -> None:
    """The server that forks plugins compiled them, and whoever stopped the system waited."""
    home = tmp_path / "home"
    for name in ("quanticity", "config", "plugins", "transforms"):
        shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "main.py", home / "main.py")
    with running("--data", str(tmp_path / "data"), cwd=home, home=home) as system:
        system.wait_for("✓ kernels")
        assert system.stop() == 0
        assert "✓ plugins" not in system.said()
    assert uncompiled(home / "quanticity" / "quant")
    left = [
        process
        for process in Path("/proc").glob("[0-9]*")
        if str(home).encode() in _environment(process)
    ]
    assert left == []


def _environment(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""
