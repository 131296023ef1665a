"""Parameters of one symbol that its own data suggest, every fifteen minutes."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from quanticity.api import (
    Analytic,
    Bars,
    Every,
    Inputs,
    Key,
    Kind,
    Spec,
    Tape,
    Value,
    field,
    number,
    quant,
)

# Here, so that what has to be compiled is when this file is loaded, and not in a run.
_discovery, _volatility, _regime = quant.discovery, quant.volatility, quant.regime
_MINUTE, _DAY = 60.0, 86_400.0
_LONGEST_GAP = 120.0
# Sizes are remembered by count; beyond so many prints all counts are halved, and old ones fade.
_MOST_PRINTS = 20_000
_FOUND = ("bucket_size", "acf_lookback_bars", "volatility", "vol_regime")


class ParameterDiscoveryParams(Spec):
    """How much data a parameter needs."""

    every: float = field(900.0, help="time between two discoveries", unit="seconds", ge=60)
    least_prints: int = field(1000, help="prints that a bucket size needs", ge=10, example=1000)
    least_bars: int = field(100, help="bars that a memory needs", unit="bars", ge=10)
    most_lags: int = field(30, help="the longest memory that is looked for", unit="bars", ge=1)


class Sizes(msgspec.Struct):
    """Prints by the bin of their size, the shares that traded and the seconds that it took.

    Also when the newest traded, when it last found parameters, whether one was `missing` then,
    and the last bucket size.
    """

    counts: dict[str, int] = msgspec.field(default_factory=dict)
    shares: float = 0.0
    seconds: float = 0.0
    newest: float = 0.0
    found_at: float = 0.0
    missing: bool = True
    bucket: float | None = None


class ParameterDiscovery(Analytic):
    """The size of volume buckets, the memory of returns, the class of volatility.

    Print sizes are counted every minute, so that none is missed. While a parameter is missing it
    is looked for each time, and once all are there at the time set. A bucket size once found
    stands until there is a better one: after a restart it is not unknown again.
    """

    name = "parameter_discovery"
    Params = ParameterDiscoveryParams
    State = Sizes
    reads = {
        "bars": Key("feed:av:bars:{symbol}", 300, view=Bars, optional=True),
        "prints": Key("market:{symbol}:trades", kind=Kind.EVENTS, view=Tape, optional=True),
        "vol": Key("analytics:realised_vol:{symbol}", 900, view=Value, optional=True),
    }
    writes = {"found": Key("discovered:{symbol}", ttl=_DAY)}
    trigger = Every(_MINUTE)

    def compute(self, inputs: Inputs, state: Sizes, now: float) -> tuple[Mapping[str, Any], Sizes]:
        """What was found, where it is time for it; else only counts."""
        state = _counted(state, inputs.prints)
        total = sum(state.counts.values())
        # A clock that went back, as the demo's does at each start, makes it due.
        due = not 0 <= now - state.found_at < self.params.every
        if not (due or state.missing):
            return {}, state
        size = self._bucket(state, total)
        state.found_at = now
        if size["bucket_size"] is not None:
            state.bucket = size["bucket_size"]
        found: dict[str, Any] = {
            "symbol": self.values["symbol"],
            "unit": "shares, bars, fraction a year",
            "convention": "what cannot be found is null, its reason beside it",
            **size,
            **self._memory(inputs.bars),
            **_class(inputs.vol),
        }
        if state.bucket is not None:
            found |= {"bucket_size": state.bucket, "bucket_size_reason": None}
        reasons = [f"{name}: {found[f'{name}_reason']}" for name in _FOUND if found[name] is None]
        found["reason"] = "; ".join(reasons) or None
        state.missing = bool(reasons)
        return {"found": found}, state

    def _bucket(self, state: Sizes, total: int) -> dict[str, Any]:
        # A second of prints is none to know a pace by.
        pace = state.shares / state.seconds if state.seconds >= 1 else 0.0
        found: dict[str, Any] = {
            "bucket_size": None,
            "bucket_size_method": (
                f"k-means of log print sizes: {_discovery.PRINTS:g} usual prints, at least "
                f"one large one, {_discovery.SECONDS:g} s of volume and "
                f"{_discovery.LEAST_BUCKET:g} shares"
            ),
            "bucket_size_reason": None,
            "prints": total,
            "shares_per_second": pace,
            "clusters": [],
        }
        if total < self.params.least_prints:
            least = f"{self.params.least_prints:,} are needed"
            said = (
                f"{total:,} prints so far, {least}"
                if total
                else f"no prints: an index has none, and {least}"
            )
            return found | {"bucket_size_reason": said}
        bins = np.array(sorted(map(int, state.counts)), dtype=np.int64)
        weights = np.array([state.counts[str(one)] for one in bins.tolist()], dtype=np.float64)
        clusters = _discovery.size_clusters(_discovery.bin_sizes(bins), weights)
        return found | {
            "bucket_size": _discovery.bucket_size(clusters, pace),
            "clusters": [
                {"size": one.centre, "prints": one.prints, "volume": one.volume} for one in clusters
            ],
        }

    def _memory(self, bars: Bars | None) -> dict[str, Any]:
        found: dict[str, Any] = {
            "acf_lookback_bars": None,
            "acf_lookback_bars_method": (
                "lags of absolute one-minute returns that correlate beyond 1.96 / sqrt(n), "
                f"at least 1, at most {self.params.most_lags}"
            ),
            "acf_lookback_bars_reason": None,
            "bars": 0 if bars is None else len(bars),
        }
        if bars is None or len(bars) < self.params.least_bars:
            said = f"{found['bars']} bars, {self.params.least_bars} are needed"
            return found | {"acf_lookback_bars_reason": said}
        returns = np.abs(_volatility.log_returns(bars.closes))
        lags = _discovery.memory(returns, self.params.most_lags)
        if lags is None:
            return found | {"acf_lookback_bars_reason": "the price did not move"}
        return found | {"acf_lookback_bars": max(1, lags)}


def _counted(before: Sizes, prints: Tape | None) -> Sizes:
    """What was remembered, with these prints in it."""
    # None where events came that are no prints at all.
    if prints is None or not len(prints):
        return before
    counts = dict(before.counts)
    bins, many = np.unique(_discovery.size_bins(prints.sizes), return_counts=True)
    for one, count in zip(bins.tolist(), many.tolist(), strict=True):
        counts[str(one)] = counts.get(str(one), 0) + count
    shares, seconds, newest = before.shares, before.seconds, before.newest
    timed = np.isfinite(prints.times) & (prints.times > 0)
    times, sizes = prints.times[timed], prints.sizes[timed]
    if len(times):
        start = newest if 0 < newest <= times[0] else times[0]
        gaps = np.diff(times, prepend=start)
        # After a night, or a halt, what trades is no volume of the time before it.
        close = gaps <= _LONGEST_GAP
        # Of the very first print nobody knows how long it took.
        close[0] &= start == newest
        seconds += float(gaps[close].sum())
        shares += float(sizes[close].sum())
        newest = float(times[-1])
    while sum(counts.values()) > _MOST_PRINTS:
        counts = {one: count // 2 for one, count in counts.items() if count > 1}
        shares, seconds = shares / 2, seconds / 2
    return Sizes(counts, shares, seconds, newest, before.found_at, before.missing, before.bucket)


def _class(vol: Value | None) -> dict[str, Any]:
    given = vol.data if vol is not None and isinstance(vol.data, Mapping) else {}
    found = number(given.get("volatility"))
    label = None if found is None or found < 0 else _regime.vol_class(found).value
    reason = None if label else str(given.get("reason") or "no realised volatility")
    return {
        "volatility": found if label else None,
        "volatility_reason": reason,
        "vol_regime": label,
        "vol_regime_reason": reason,
    }
