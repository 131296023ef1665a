"""The websocket: joins, acknowledgements, and frames of `[channel, payload]`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from quanticity.sim.market import FOCUS, World
from quanticity.sim.market.instruments import find
from quanticity.sim.vendors.unusual_whales.alerts import Alerts
from quanticity.sim.vendors.unusual_whales.asked import Asked, epoch
from quanticity.sim.vendors.unusual_whales.exposure import Exposure
from quanticity.sim.vendors.unusual_whales.flow import Flow
from quanticity.sim.vendors.unusual_whales.news import News
from quanticity.sim.vendors.unusual_whales.option_flow import CALL, PUT
from quanticity.sim.vendors.unusual_whales.trades import Trades
from quanticity.sim.vendors.unusual_whales.written import dec
from quanticity.sim.vendors.vendor import Request, Socket

Row = dict[str, Any]
Frames = Callable[[str, float, float], list[Row]]

_TICK = 0.5
_TURNS = ("oi", "vol")


@dataclass(frozen=True, slots=True)
class _Channel:
    """How often a channel speaks (seconds), and what it says between two moments."""

    every: float
    frames: Frames
    needs_ticker: bool = False


class Sockets:
    """Everything that comes over `/socket`."""

    def __init__(
        self,
        world: World,
        exposure: Exposure,
        flow: Flow,
        alerts: Alerts,
        news: News,
        trades: Trades,
    ) -> None:
        self._world = world
        self._exposure, self._flow, self._alerts, self._news = exposure, flow, alerts, news
        self._channels = {
            "gex": _Channel(10, self._gex),
            "flow-alerts": _Channel(1, self._flow_alerts),
            "news": _Channel(1, self._headlines),
            "option_trades": _Channel(1, trades.rows),
            "price": _Channel(1, self._price),
            "net_flow": _Channel(5, self._net_flow, needs_ticker=True),
        }

    def frames(self, channel: str, symbol: str, since: float, now: float) -> list[Row]:
        """The payloads of one channel after epoch second `since` and up to `now`."""
        return self._channels[channel].frames(symbol, since, now)

    async def serve(self, request: Request, socket: Socket) -> None:
        """Take joins and send frames until the other side goes."""
        joined: dict[str, float] = {}
        while True:
            text = await socket.receive(_TICK)
            if text is not None:
                await self._join(text, joined, socket)
            now = socket.now
            for name, said in list(joined.items()):
                kind, _, ticker = name.partition(":")
                channel = self._channels[kind]
                if now - said < channel.every:
                    continue
                joined[name] = now
                for symbol in (ticker,) if ticker else FOCUS:
                    for row in channel.frames(symbol, said, now):
                        if not ticker or row.get("ticker", ticker) == ticker:
                            await socket.send([name, row])
                    # What is sent may not have waited. Whoever asked for something waits for an
                    # answer, and not for long; what is pushed nobody waits for.
                    await asyncio.sleep(0)
                    if kind in ("flow-alerts", "news"):
                        break

    async def _join(self, text: str, joined: dict[str, float], socket: Socket) -> None:
        try:
            asked = orjson.loads(text)
            name, kind = str(asked["channel"]), asked["msg_type"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            await socket.send(["error", {"response": "Invalid message", "status": "error"}])
            return
        base, _, ticker = name.partition(":")
        channel = self._channels.get(base)
        if kind == "leave":
            joined.pop(name, None)
        if (
            channel is None
            or (channel.needs_ticker and not ticker)
            or (ticker and not find(ticker))
        ):
            await socket.send(
                [name, {"response": {"reason": "unmatched topic"}, "status": "error"}]
            )
            return
        if kind == "join":
            joined.setdefault(name, socket.now - channel.every)
        await socket.send([name, {"response": {}, "status": "ok"}])

    def _gex(self, symbol: str, since: float, now: float) -> list[Row]:
        rows = self._exposure.minute_rows(self._asked(symbol, now), last=1)
        if not rows:
            return []
        row = rows[-1]
        names = ("gamma", "charm", "vanna")
        shown = {
            f"{name}_per_one_percent_move_{turn}": row[f"{name}_per_one_percent_move_{turn}"]
            for name in names
            for turn in ("oi", "vol", "dir")
        }
        empty = {f"delta_per_one_percent_move_{turn}": "" for turn in _TURNS}
        price = dec(self._world.price(symbol, now))
        stamp = int(now * 1000)
        return [{"ticker": symbol, "timestamp": stamp, "price": price, **shown, **empty}]

    def _flow_alerts(self, symbol: str, since: float, now: float) -> list[Row]:
        found: list[Row] = []
        for minute in range(int(since // 60), int(now // 60) + 1):
            if not self._is_open(minute * 60.0):
                continue
            found += [
                _streamed(row)
                for row in self._alerts.minute(minute)
                if since * 1000 < row["end_time"] <= now * 1000
            ]
        return found

    def _headlines(self, symbol: str, since: float, now: float) -> list[Row]:
        found = []
        for row in self._news.newest(now):
            if (epoch(row["created_at"]) or 0.0) <= since:
                break
            found.append(
                {
                    "headline": row["headline"],
                    "timestamp": row["created_at"],
                    "source": row["source"],
                    "tickers": row["tickers"],
                    "is_trump_ts": False,
                }
            )
        return found[::-1]

    def _price(self, symbol: str, since: float, now: float) -> list[Row]:
        last = self._world.tape.last(symbol, now)
        close = dec(last[1] if last else self._world.price(symbol, now))
        volume = self._world.volume(symbol, now)
        return [{"ticker": symbol, "close": close, "time": int(now * 1000), "vol": volume}]

    def _net_flow(self, symbol: str, since: float, now: float) -> list[Row]:
        sums = self._flow.totals(self._asked(symbol, now))
        return [
            {
                "ticker": symbol,
                "net_call_prem": dec(float(sums.net_premium(CALL))),
                "net_call_vol": int(sums.net(CALL)),
                "net_put_prem": dec(float(sums.net_premium(PUT))),
                "net_put_vol": int(sums.net(PUT)),
                "time": int(now * 1000),
            }
        ]

    def _asked(self, symbol: str, now: float) -> Asked:
        found = find(symbol)
        if found is None:
            raise KeyError(symbol)
        day = self._world.day(now)
        return Asked(found, day, min(now, day.after_hours_end))

    def _is_open(self, at: float) -> bool:
        day = self._world.day(at)
        return day.opens <= at < day.closes


_SAME = (
    *("id", "rule_id", "ticker", "option_chain", "volume", "total_size", "open_interest"),
    *("start_time", "end_time", "trade_count", "expiry_count", "bid", "ask"),
    *("has_multileg", "has_sweep", "has_floor", "has_singleleg", "all_opening_trades"),
)
_NUMBERS = (
    *("underlying_price", "price", "volume_oi_ratio"),
    *("total_premium", "total_ask_side_prem", "total_bid_side_prem"),
)


def _streamed(row: Row) -> Row:
    """A flow alert as the websocket writes it: numbers for premiums, `rule_name`, no strike."""
    asked = float(row["total_ask_side_prem"]) / float(row["total_premium"])
    at_ask = int(row["volume"] * asked)
    return {
        **{name: row[name] for name in _SAME},
        **{name: float(row[name]) for name in _NUMBERS},
        "rule_name": row["alert_rule"],
        "executed_at": row["end_time"],
        "url": "",
        "trade_ids": [row["id"]],
        "ask_vol": at_ask,
        "bid_vol": row["volume"] - at_ask,
        "no_side_vol": 0,
        "mid_vol": 0,
        "multi_vol": 0,
        "stock_multi_vol": 0,
        "upstream_condition_details": ["auto"],
        "exchanges": ["XCBO"],
    }
