"""Kernels on disk."""

from __future__ import annotations

import os
from pathlib import Path

from quanticity.quant.compiled import forget_stale


def test_a_kernel_was_kept_when_what_is_inlined_in_it_had_changed(tmp_path: Path) -> None:
    kept = tmp_path / "__pycache__"
    kept.mkdir()
    (tmp_path / "inner.py").write_text("import x\n\n\n@inlined\ndef f(): ...\n")
    (tmp_path / "outer.py").write_text("import inner\n")
    for name, time in (("inner.py", 200), ("outer.py", 900)):
        os.utime(tmp_path / name, (time, time))
    for name, time in (("outer.g-1.py311.nbi", 100), ("outer.h-9.py311.nbi", 300)):
        (kept / name).touch()
        os.utime(kept / name, (time, time))
    assert forget_stale(tmp_path) == ["outer.g-1.py311.nbi"]
    assert [one.name for one in kept.iterdir()] == ["outer.h-9.py311.nbi"]
    assert forget_stale(tmp_path) == []


def test_where_nothing_is_kept_nothing_is_forgotten(tmp_path: Path) -> None:
    assert forget_stale(tmp_path) == []
