"""TA-Lib comes without pandas, and whoever wants it with pandas has it."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
import numpy as np
from quanticity.quant.indicators import rsi
closes = 100 + np.cumsum(np.sin(np.arange(60.0)))
ours = rsi(closes)
assert not {"pandas", "polars", "talib"} & set(sys.modules), "they were brought along"
import pandas as pd
import talib
series = talib.RSI(pd.Series(closes))
assert type(series) is pd.Series
assert series.iloc[-1] == rsi(closes) == ours
print("alike")
"""


def test_indicators_bring_no_pandas_and_take_none_away() -> None:
    """It was 30 MB in the process of which all that run plugins are copies."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], check=False, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("alike\n", "")
