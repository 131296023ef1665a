"""Compiling the kernels beforehand, and stopping it."""

from __future__ import annotations

import ctypes
import signal
import sys
from collections.abc import Iterator

import pytest

from quanticity.quant.__main__ import show


def test_ctrl_c_while_llvm_called_back_was_a_traceback_and_stopped_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    taken = []

    def names() -> Iterator[str]:
        for name in ("first", "second", "third"):
            taken.append(name)
            if name == "second":
                ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(signal.SIGINT))()
            yield name

    before = sys.unraisablehook
    with pytest.raises(SystemExit) as ended:
        show(names())
    assert ended.value.code == 130
    assert taken == ["first", "second"]
    assert capsys.readouterr().err == "Stopped; the same command goes on where it was.\n"
    assert sys.unraisablehook is before
