"""Parameters that data suggest: how big prints come, and how long a series remembers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LEAST_BUCKET = 50.0
"""Shares below which no volume bucket is made."""
PRINTS = 10.0
"""Usual prints that a volume bucket should hold: of one print alone it would be all of one side."""
SECONDS = 10.0
"""Seconds of the tape's own pace that a volume bucket should take: 1,000 shares of SPY are none."""
BINS = 8
"""Bins of each doubling of a size: neighbours are 9% apart."""


def size_bins(sizes: Floats) -> npt.NDArray[np.int64]:
    """The bin of each size (shares): 8 log2(size), rounded. Sizes must be above zero."""
    return np.round(BINS * np.log2(sizes)).astype(np.int64)


def bin_sizes(bins: npt.NDArray[np.int64]) -> Floats:
    """The size (shares) that each bin stands for."""
    return np.asarray(np.exp2(bins / BINS), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Sizes that are alike: their geometric mean (shares), how many prints, and their volume."""

    centre: float
    prints: float
    volume: float


def size_clusters(sizes: Floats, counts: Floats, k: int = 3) -> tuple[Cluster, ...]:
    """Print sizes in `k` clusters by k-means of their logarithms, the smallest first.

    In one dimension the best clusters are found exactly and without chance, by dynamic
    programming (Wang and Song, "Ckmeans.1d.dp", The R Journal 3, 2011): no start, and no luck.
    `sizes` must be above zero and `counts` not below. Fewer than `k` distinct sizes make one
    cluster each.
    """
    some = counts > 0
    order = np.argsort(sizes[some], kind="stable")
    size, count = sizes[some][order], counts[some][order]
    if not len(size):
        return ()
    edges = [0, *_breaks(np.log(size), count, min(k, len(np.unique(size)))), len(size)]
    found = []
    for start, end in pairwise(edges):
        part, weight = size[start:end], count[start:end]
        total = float(weight.sum())
        centre = math.exp(float(np.sum(np.log(part) * weight)) / total)
        found.append(Cluster(centre, total, float(np.sum(part * weight))))
    return tuple(found)


def _breaks(x: Floats, w: Floats, k: int) -> list[int]:
    """Where the second and later clusters begin, so that squares within are least."""
    count = len(x)
    # Centred, so that sums of squares keep their digits.
    x = x - float(np.sum(w * x)) / float(w.sum())
    weight, first, second = (
        np.concatenate([[0.0], np.cumsum(each)]) for each in (w, w * x, w * x * x)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        within = second[None, :] - second[:, None]
        within = within - (first[None, :] - first[:, None]) ** 2 / (
            weight[None, :] - weight[:, None]
        )
    # Of x[start:end], at [start, end]; an empty cluster is none.
    start, end = np.indices(within.shape)
    cost = np.where(end > start, np.maximum(within, 0.0), np.inf)
    best, choices = cost[0], []
    for _ in range(k - 1):
        tried = best[:, None] + cost
        choice = np.argmin(tried, axis=0)
        choices.append(choice)
        best = tried[choice, np.arange(count + 1)]
    found, at = [], count
    for choice in reversed(choices):
        at = int(choice[at])
        found.append(at)
    return found[::-1]


def bucket_size(clusters: tuple[Cluster, ...], pace: float = 0.0) -> float | None:
    """Shares of one volume bucket; `pace` is how many shares trade in a second.

    The largest of four: ten prints of the usual size (the centre of the cluster with most of
    them), one large print (the centre of the last), ten seconds of `pace`, and 50 shares. A bucket
    that one print fills is bought or sold as a whole, and VPIN would be 1 whatever happens; one
    that fills in an instant measures how an order was cut up. None without prints.
    """
    if not clusters:
        return None
    usual = max(clusters, key=lambda one: one.prints)
    wanted = (PRINTS * usual.centre, clusters[-1].centre, SECONDS * pace)
    return max(LEAST_BUCKET, float(round(max(wanted))))


def autocorrelation(values: Floats, most: int) -> Floats:
    """Of lags 1 to `most` (fewer where the series is shorter): Box and Jenkins' r_k.

    sum (x_t - m)(x_t+k - m) / sum (x_t - m)^2, all of it divided by the whole sum of squares, so
    that it lies in -1..1. NaN where the series does not move.
    """
    centred = values - float(np.mean(values)) if len(values) else values
    whole = float(np.sum(centred * centred))
    lags = range(1, min(most, len(values) - 1) + 1)
    sums = np.array([float(np.sum(centred[lag:] * centred[:-lag])) for lag in lags])
    return sums / whole if whole > 0 else np.full(len(sums), np.nan)


def memory(values: Floats, most: int) -> int | None:
    """How many lags in a row, from the first, correlate beyond what chance does: at most `most`.

    The band is 1.96 / sqrt(n) (Bartlett, 1946). 0 where the first does not already; None where
    the series does not move or has fewer than four values.
    """
    if len(values) < 4:
        return None
    found = autocorrelation(values, most)
    if np.isnan(found).any():
        return None
    beyond = found > 1.96 / math.sqrt(len(values))
    return len(found) if beyond.all() else int(np.argmin(beyond))
