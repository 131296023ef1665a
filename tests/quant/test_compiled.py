"""Kernels on disk."""

from __future__ import annotations

import os
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from quanticity.quant import compiled, elementary
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


def test_a_damaged_cache_of_kernels_ended_every_start(tmp_path: Path) -> None:
    source = Path(compiled.__file__).with_name("tape.py").read_text()
    module = tmp_path / "tape_of_its_own.py"
    module.write_text(source)
    for what in ("nbi", "nbc"):
        for text in (b"", b"junk"):
            _import(module)
            for kept in (tmp_path / "__pycache__").glob(f"*.{what}"):
                kept.write_bytes(text)
            signs = _import(module).lee_ready(np.array([1.0, 2.0]), np.zeros(2), np.zeros(2))
            assert signs.tolist() == [0.0, 1.0]
            assert all(
                len(one.read_bytes()) > 10 for one in (tmp_path / "__pycache__").glob("*.nb?")
            )


def test_kernels_were_lost_where_nothing_can_be_written() -> None:
    """A function without a file of its own is kept nowhere, as one on a read-only disk is not."""
    made: dict[str, Any] = {}
    exec("def doubled(x):\n    return 2.0 * x", made)
    doubled = compiled.compiled(compiled.FLOAT(compiled.FLOAT))(made["doubled"])
    with pytest.warns(RuntimeWarning, match="NUMBA_CACHE_DIR"):
        assert doubled(2.0) == 4.0


def test_a_kernel_called_through_its_module_is_told_what_to_write() -> None:
    """numba says in forty lines that a module has no such attribute; of what was kept, nothing."""

    @compiled.compiled(compiled.FLOAT(compiled.FLOAT))
    def through(x: float) -> float:
        return elementary.exp(x)

    with pytest.raises(TypeError, match=r"calls exp of .*: a kernel is imported by its name"):
        through(1.0)


def _import(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
