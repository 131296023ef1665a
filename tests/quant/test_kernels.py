"""Loading the kernels, and knowing whether a compiler will be at work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from quanticity.quant import kernels
from quanticity.quant.__main__ import main


def test_every_module_is_loaded_and_then_nothing_is_left_to_compile() -> None:
    names = list(kernels.load())
    assert {"exposure", "greeks", "vpin"} <= set(names)
    assert kernels.uncompiled() == []


def test_what_was_compiled_was_said_to_be_compiled_once_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    list(kernels.load())
    main()
    assert "Compiling" not in capsys.readouterr().out


def test_a_module_without_its_compiled_form_beside_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("# nothing of @compiled( here\n")
    (tmp_path / "fast.py").write_text("@compiled(OUT(FLOATS))\ndef same(x):\n    return x\n")
    assert kernels.uncompiled(tmp_path) == ["fast"]
    made = tmp_path / "__pycache__"
    made.mkdir()
    version = f"py{sys.version_info.major}{sys.version_info.minor}"
    (made / f"fast.same-2.{version}.nbi").touch()
    assert kernels.uncompiled(tmp_path) == []


_ALL_BUT_KERNELS = """
import sys, quanticity.api, quanticity.app
from quanticity.quant import correlation, gamma_profile, greeks, indicators, kernels, vpin
print({"numba", "talib", "pandas"} & set(sys.modules))
"""


def test_who_asks_for_no_kernel_loads_no_compiler() -> None:
    """Feeds load transforms, and those the api: half a second, and 100 MB, for nothing."""
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            _ALL_BUT_KERNELS,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "set()"
