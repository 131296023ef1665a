"""Correlations of series that need not be complete, as a matrix that is one.

A matrix of correlations has ones on its diagonal and no negative eigenvalue: else some portfolio
would have a negative variance. Correlations taken pair by pair, each of the moments that the two
have in common, need not make one; then the nearest that does takes its place.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from quanticity.quant.compiled import MATRIX, compiled, inlined

Floats = npt.NDArray[np.float64]

_STEPS = 200
_CLOSE = 1e-10
# Below this an eigenvalue is a rounding error of zero, for matrices of a few dozen series.
_ROUNDING = 1e-10
_MOST_STEPS = 100_000
_SWEEPS = 60


def pairwise(returns: Floats, least: int) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Pearson's correlation of each pair of rows, and how many moments the two share.

    `returns` is (series, moments) with NaN where there is none. A pair that shares fewer than
    `least`, or of which one does not move, has NaN. The diagonal is 1 where the series moves.
    """
    known = np.isfinite(returns)
    here = known.astype(np.float64)
    shared = _times(here, here)
    # Centred first: sums of squares of figures far from zero lose all their digits.
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    filled = np.where(known, returns, 0.0)
    filled = np.where(known, filled - filled.sum(axis=1, keepdims=True) / count, 0.0)
    # In units of its own largest: the square of a tiny return would be no number.
    top = np.max(np.abs(filled), axis=1, keepdims=True, initial=0.0)
    filled = filled / np.where(top > 0, top, 1.0)
    sums, squares, products = _times(filled, here), _times(filled**2, here), _times(filled, filled)
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = products - sums * sums.T / shared
        variance = squares - sums * sums / shared
        moves = variance > 1e-12 * np.maximum(squares, 1e-300)
        found = covariance / np.sqrt(variance * variance.T)
        found = np.where(moves & moves.T & (shared >= max(least, 2)), found, np.nan)
    found = np.clip((found + found.T) / 2, -1.0, 1.0)
    diagonal = np.diagonal(found)
    np.fill_diagonal(found, np.where(np.isfinite(diagonal), 1.0, np.nan))
    return found, shared.astype(np.int64)


def smallest_eigenvalue(matrix: Floats) -> float:
    """Of a symmetric matrix, all of it finite (else ValueError); NaN of one without rows."""
    return float(np.min(_eigen(matrix)[0])) if len(matrix) else math.nan


def nearest_correlation(matrix: Floats) -> Floats:
    """The correlation matrix nearest a symmetric one in the Frobenius norm.

    Alternating projections with Dykstra's correction (Higham, "Computing the nearest correlation
    matrix", IMA Journal of Numerical Analysis 22, 2002), and at the end one step that makes sure
    of both properties: no eigenvalue below zero but by rounding, and a diagonal of ones.
    ValueError where the matrix is not square, or has a figure that is not finite.
    """
    found, correction = matrix.copy(), np.zeros_like(matrix)
    if not len(matrix) or smallest_eigenvalue(matrix) >= -_ROUNDING:
        return found
    for _ in range(_STEPS):
        before = found
        shifted = found - correction
        positive = _without_negative(shifted)
        correction = positive - shifted
        found = positive.copy()
        np.fill_diagonal(found, 1.0)
        if np.max(np.abs(found - before)) <= _CLOSE:
            break
    positive = _without_negative(found)
    scale = np.sqrt(np.maximum(np.diagonal(positive), 1e-300))
    found = positive / np.outer(scale, scale)
    np.fill_diagonal(found, 1.0)
    return np.asarray(np.clip((found + found.T) / 2, -1.0, 1.0), dtype=np.float64)


def on_one_clock(times: list[Floats], prices: list[Floats], step: float) -> Floats:
    """Log returns of several series over the same steps: (series, moments), NaN where none is.

    `times` are epoch seconds, one array a series, ascending. Prices are put on a grid of `step`
    seconds, the last of a step counts, and a return is there only where two neighbouring steps
    have a price: a halted symbol does not jump when it trades again. Steps that lie more than
    100,000 before the newest are left out.
    """
    rounded = [np.round(one / step) for one in times]
    some = [one[np.isfinite(one)] for one in rounded]
    whole = np.concatenate(some) if some else np.empty(0)
    if not len(whole):
        return np.full((len(times), 0), np.nan)
    last = int(whole.max())
    first = max(int(whole.min()), last - _MOST_STEPS)
    count = last - first + 1
    logs = np.full((len(times), count), np.nan)
    for row, (at, price) in enumerate(zip(rounded, prices, strict=True)):
        with np.errstate(invalid="ignore"):
            good = (at >= first) & np.isfinite(price) & (price > 0)
        logs[row, (at[good] - first).astype(np.int64)] = np.log(price[good])
    return np.asarray(np.diff(logs, axis=1), dtype=np.float64)


def _times(one: Floats, other: Floats) -> Floats:
    """`one` times `other` transposed, summed in one order: a BLAS would choose its own."""
    return np.asarray(np.einsum("ik,jk->ij", one, other, optimize=False), dtype=np.float64)


def _without_negative(matrix: Floats) -> Floats:
    values, vectors = _eigen((matrix + matrix.T) / 2)
    rebuilt = _times(vectors * np.maximum(values, 0.0), vectors)
    return np.asarray((rebuilt + rebuilt.T) / 2, dtype=np.float64)


@inlined
def _turn_columns(matrix: Floats, p: int, q: int, c: float, s: float) -> None:
    for k in range(matrix.shape[0]):
        a, b = matrix[k, p], matrix[k, q]
        matrix[k, p], matrix[k, q] = c * a - s * b, s * a + c * b


@inlined
def _turn_rows(matrix: Floats, p: int, q: int, c: float, s: float) -> None:
    for k in range(matrix.shape[0]):
        a, b = matrix[p, k], matrix[q, k]
        matrix[p, k], matrix[q, k] = c * a - s * b, s * a + c * b


def _eigen(matrix: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues and eigenvectors (columns) of a symmetric matrix."""
    square = np.array(matrix, dtype=np.float64, order="C")
    if square.ndim != 2 or square.shape[0] != square.shape[1]:
        raise ValueError(f"a matrix of as many rows as columns is wanted, not {square.shape}")
    if not np.isfinite(square).all():
        raise ValueError("a matrix with figures that are not finite has no eigenvalues")
    both = _jacobi(square)
    return both[0], both[1:]


@compiled(MATRIX(MATRIX))
def _jacobi(matrix: Floats) -> Floats:
    """Eigenvalues in the first row and eigenvectors in the columns below, by Jacobi's rotations.

    Golub and Van Loan, "Matrix Computations", 8.5. For a few dozen rows it is as quick as LAPACK,
    and sums in the same order wherever it runs.
    """
    size = matrix.shape[0]
    left, vectors = matrix.copy(), np.eye(size)
    for _ in range(_SWEEPS):
        diagonal = np.diag(left)
        whole = np.sum(left * left)
        # The difference of two sums is rough: one sweep more, which converges squared, is exact.
        last = whole - np.sum(diagonal * diagonal) <= 1e-12 * whole
        for p in range(size - 1):
            for q in range(p + 1, size):
                if left[p, q] != 0.0:
                    turn = (left[q, q] - left[p, p]) / (2.0 * left[p, q])
                    t = math.copysign(1.0, turn) / (abs(turn) + math.sqrt(turn * turn + 1.0))
                    c = 1.0 / math.sqrt(t * t + 1.0)
                    _turn_columns(left, p, q, c, t * c)
                    _turn_rows(left, p, q, c, t * c)
                    _turn_columns(vectors, p, q, c, t * c)
        if last:
            break
    found = np.empty((size + 1, size))
    found[0] = np.diag(left)
    found[1:] = vectors
    return found
