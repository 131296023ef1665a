"""How the signals of each strategy fared: how often they won, how much, and signs of decay."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from quanticity.api import Analytic, Inputs, OnChange, Spec, field, trading

_MOST_STRATEGIES = 200


class SignalStatsParams(Spec):
    """Over how many trades, and what counts as decay."""

    trades: int = field(20, help="the last trades of a strategy that count", unit="trades", ge=1)
    win_rate: float = field(0.55, help="the win rate that is expected", gt=0, le=1)
    below: float = field(0.10, help="so far below it is a sign of decay", gt=0, le=1)
    loss_to_win: float = field(
        1.5, help="a mean loss above so many mean wins is a sign of decay", gt=0
    )
    losses: int = field(5, help="so many losses in a row are a sign of decay", ge=1)
    signs: int = field(2, help="with so many signs a strategy should be disabled", ge=1)


class Fared(msgspec.Struct):
    """By strategy its last trades, oldest first: (epoch second of the close, gain)."""

    trades: dict[str, list[tuple[float, float]]] = msgspec.field(default_factory=dict)
    unreadable: int = 0


class SignalStats(Analytic):
    """Statistics of closed trades by strategy, and whether to stop following its signals.

    A trade that gained nothing has not won. What a strategy without losses loses on average is
    unknown, and no sign of anything.
    """

    name = "signal_stats"
    Params = SignalStatsParams
    State = Fared
    reads = {"closed": trading.CLOSED_TRADES}
    writes = {"stats": trading.SIGNAL_STATS}
    trigger = OnChange("closed")

    def compute(self, inputs: Inputs, state: Fared, now: float) -> tuple[Mapping[str, Any], Fared]:
        """The statistics after the newest trades."""
        trades = {name: list(known) for name, known in state.trades.items()}
        unreadable = state.unreadable
        for trade in trading.closed_trades(inputs.closed.data):
            gain = None if trade is None else trade.gain
            if trade is None or gain is None:
                unreadable += 1
                continue
            known = trades.setdefault(trade.strategy, [])
            known.append((trade.closed, gain))
            trades[trade.strategy] = sorted(known)[-self.params.trades :]
        newest = sorted(trades, key=lambda name: trades[name][-1][0])[-_MOST_STRATEGIES:]
        trades = {name: trades[name] for name in sorted(newest)}
        reason = None if trades else "no closed trade that can be read"
        told = trading.SignalStats(
            unit="gains are fractions of the entry",
            convention="a short gains where the price falls",
            method=f"the last {self.params.trades} closed trades of each strategy",
            strategies={
                name: self._stats([gain for _, gain in known], known[-1][0])
                for name, known in trades.items()
            },
            reason=reason,
        )
        return {"stats": told}, Fared(trades, unreadable)

    def _stats(self, gains: Sequence[float], last: float) -> trading.StrategyStats:
        params = self.params
        wins = [gain for gain in gains if gain > 0]
        losses = [-gain for gain in gains if gain <= 0]
        mean_win, mean_loss = _mean(wins), _mean(losses)
        rate = len(wins) / len(gains)
        row = next((at for at, gain in enumerate(reversed(gains)) if gain > 0), len(gains))
        signs = []
        enough = len(gains) >= params.trades
        if enough and rate < params.win_rate - params.below:
            signs.append("win rate")
        if enough and mean_win and mean_loss and mean_loss > params.loss_to_win * mean_win:
            signs.append("loss to win")
        if row >= params.losses:
            signs.append("losses in a row")
        lost = sum(losses)
        return trading.StrategyStats(
            trades=len(gains),
            wins=len(wins),
            win_rate=rate,
            mean_gain=_mean(gains),
            mean_win=mean_win,
            mean_loss=mean_loss,
            profit_factor=sum(wins) / lost if lost > 0 else None,
            losses_in_a_row=row,
            signs=tuple(signs),
            disable=len(signs) >= params.signs,
            last_closed=last,
            reason=None if lost > 0 else "it lost nothing yet: no mean loss, no profit factor",
        )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
