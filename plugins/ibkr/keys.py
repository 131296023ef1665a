"""The keys that the Source writes: by the names that the publisher uses."""

from __future__ import annotations

from quanticity.api import Key, Kind

_DAY = 86_400.0

WRITES: dict[str, Key] = {
    # What the analytics of books and tapes read.
    "book": Key("market:{symbol}:book", over="shares", ttl=60),
    "trades": Key("market:{symbol}:trades", kind=Kind.EVENTS, over="printed", ttl=3600, cap=1000),
    # Raw, by kind of instrument.
    "quote": Key("raw:ibkr:{symbol}", over="shares", ttl=60),
    "depth": Key("raw:ibkr:depth:{symbol}", over="depth", ttl=10),
    "deltas": Key("orderflow:ibkr:L2:{symbol}", kind=Kind.EVENTS, over="depth", ttl=3600, cap=500),
    "prints": Key("raw:ibkr:trades:{symbol}", over="printed", ttl=60),
    "sweeps": Key("raw:ibkr:sweeps:{symbol}", kind=Kind.EVENTS, over="tapes", ttl=_DAY, cap=500),
    "unusual": Key("raw:ibkr:unusual_volume:{symbol}", over="shares", ttl=60),
    "bars": Key("raw:ibkr:bars:{symbol}", over="bars", ttl=60),
    "history": Key("raw:ibkr:history:{symbol}", over="history", ttl=3600),
    "spread": Key("raw:ibkr:spreads:{symbol}", over="spread_of", ttl=60),
    "index": Key("raw:ibkr:index:{symbol}", over="shown_indices", ttl=60),
    "future": Key("raw:ibkr:futures:{symbol}", over="futures", ttl=60),
    "fx": Key("raw:ibkr:fx:{symbol}", over="fx", ttl=60),
    "crypto": Key("raw:ibkr:crypto:{symbol}", over="crypto", ttl=60),
    "yields": Key("raw:ibkr:macro:yields", ttl=60),
    "dollar": Key("raw:ibkr:macro:dollar", ttl=60),
    "volatility": Key("raw:ibkr:macro:volatility", ttl=60),
    # Options: one by one, by slices of days to expiry, and all that is known.
    "option": Key("raw:ibkr:options:{symbol}:{expiry}:{strike}:{right}", over="options", ttl=60),
    "zero_days": Key("raw:ibkr:options:{symbol}:0DTE", over="options", ttl=60),
    "weeks": Key("raw:ibkr:options:{symbol}:14-21DTE", over="options", ttl=60),
    "atm": Key("raw:ibkr:options:{symbol}:ATM", over="options", ttl=60),
    "chain": Key("raw:ibkr:options:{symbol}:chain", over="options", ttl=900),
    # The account.
    "account_values": Key("raw:ibkr:account:values", ttl=900),
    "account_positions": Key("raw:ibkr:account:positions", ttl=900),
    "account_pnl": Key("raw:ibkr:account:pnl", ttl=900),
    "account_margin": Key("raw:ibkr:account:margin", ttl=900),
    "account_orders": Key("raw:ibkr:account:orders", ttl=900),
    # How it fares.
    "connected": Key("ibkr:connected", ttl=60, plain=True),
    "account": Key("ibkr:account", ttl=_DAY, plain=True),
    "quotes_at": Key("ibkr:quotes:timestamp", ttl=600, plain=True),
    "depth_at": Key("ibkr:depth:timestamp", ttl=600, plain=True),
    "trades_at": Key("ibkr:trades:timestamp", ttl=600, plain=True),
    "heartbeat": Key("heartbeat:ibkr", ttl=60, plain=True),
    "status": Key("monitoring:ibkr:status", ttl=60),
    "subscriptions": Key("monitoring:ibkr:subscriptions", ttl=60),
    "metrics": Key("monitoring:ibkr:metrics", ttl=60),
    "errors": Key("monitoring:ibkr:errors", kind=Kind.EVENTS, ttl=7 * _DAY, cap=1000),
    "alerts": Key("analytics:alerts", kind=Kind.EVENTS, ttl=7 * _DAY, cap=5000),
}
