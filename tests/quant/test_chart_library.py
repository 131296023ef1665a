"""TA-Lib comes without pandas, and whoever wants it with pandas has it."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import os
import sys
import numpy as np
from quanticity.quant.indicators import rsi
closes = 100 + np.cumsum(np.sin(np.arange(60.0)))
ours = rsi(closes)
assert not {"pandas", "polars"} & set(sys.modules), "they were brought along"
if child := os.fork():
    assert os.waitpid(child, 0)[1] == 0
    sys.exit()
import pandas as pd
import talib
from talib import abstract, stream
series = pd.Series(closes, index=np.arange(60) + 7)
found = talib.RSI(series)
assert type(found) is pd.Series and found.index.equals(series.index)
assert found.iloc[-1] == rsi(closes) == ours
assert abstract.RSI(series).shape == (60,)
frame = pd.DataFrame({"close": series})
assert type(abstract.RSI(frame)) is pd.Series and type(abstract.BBANDS(frame)) is pd.DataFrame
assert stream.RSI(series).value == ours
print("alike")
"""


def test_indicators_bring_no_pandas_and_take_none_away() -> None:
    """It was 30 MB in the process of which all that run plugins are copies.

    Then that process had a TA-Lib that knew of no pandas, and in its copies `talib.abstract` and
    `talib.stream` refused frames and series.
    """
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], check=False, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("alike\n", "")
