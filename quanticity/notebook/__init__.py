"""For notebooks: any key, now or over a recorded range, as a pandas DataFrame in one line.

from quanticity import notebook

notebook.live("raw:uw:chains:SPY")
notebook.recorded("raw:uw:spot_gex:SPY", "recordings/monday", since="2026-01-05 10:00")
"""

from quanticity.notebook.frames import frame
from quanticity.notebook.reading import keys, live, recorded, recorded_keys

__all__ = ["frame", "keys", "live", "recorded", "recorded_keys"]
