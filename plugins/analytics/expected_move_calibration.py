"""Whether a symbol moved as far as its options said: implied against realised, over a year."""

from collections.abc import Mapping
from typing import Any

from quanticity.api import Analytic, Every, Inputs, Key, OnChange, Rows, Spec, field, quant

_FIGURES = ("ratio", "within", "p_value", "moves", "size_factor")


class CalibrationParams(Spec):
    """What is compared, and how far it may scale a size down."""

    horizons: tuple[int, ...] = field(
        (1, 5), help="moves over so many trading days; the first one scales sizes", min_length=1
    )
    least_moves: int = field(20, help="fewer moves than this say nothing", ge=2)
    least_size: float = field(0.25, help="the smallest factor for a size", gt=0, le=1)


class ExpectedMoveCalibration(Analytic):
    """Each day's move in units of the move that volatility implied the evening before.

    Closes and one-month volatilities of a year are Unusual Whales'. `ratio` is the root mean
    square of those moves: above 1 the symbol moved more than its options said, and `size_factor`
    is 1 / ratio, never above 1. `within` is to be held against 68.27%.
    """

    name = "expected_move_calibration"
    Params = CalibrationParams
    reads = {"history": Key("raw:uw:iv_rank:{symbol}", 432_000, view=Rows)}
    writes = {"calibration": Key("analytics:expected_move_calibration:{symbol}", ttl=14_400)}
    trigger = (OnChange("history", at_most_every=60.0), Every(3600))

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The calibration of the first horizon, and all of them in `horizons`."""
        days, (closes, vols) = inputs.history.by_day("close", "volatility")
        horizons = [self._horizon(sessions, closes, vols) for sessions in self.params.horizons]
        return {
            "calibration": {
                "symbol": self.values["symbol"],
                "unit": "implied standard deviations",
                "convention": "ratio above 1: moved more than implied",
                "method": "z = ln(C[t+n] / C[t]) / (vol[t] sqrt(n / 252)), not overlapping",
                "expected_within": quant.expected_move.WITHIN_ONE,
                "days": len(days),
                "newest": days[-1] if days else None,
                **horizons[0],
                "horizons": horizons,
            }
        }, state

    def _horizon(self, sessions: int, closes: Any, vols: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"sessions": sessions, **dict.fromkeys(_FIGURES), "reason": None}
        if sessions < 1:
            return found | {"reason": "a horizon is at least one trading day"}
        moves = quant.expected_move.standardised(closes, vols, sessions)
        judged = quant.expected_move.calibrate(moves)
        if judged is None or judged.moves < self.params.least_moves:
            found["reason"] = f"only {len(moves)} moves with a close and a volatility"
            return found
        if judged.ratio <= 0:
            return found | {"reason": "the closes never moved"}
        factor = quant.expected_move.size_factor(judged.ratio, self.params.least_size)
        figures = (judged.ratio, judged.within, judged.p_value, judged.moves, factor)
        return found | dict(zip(_FIGURES, figures, strict=True))
