"""Indices, funds, stocks, currencies, coins and internals: all that never expires."""

from __future__ import annotations

from quanticity.sim.market.instruments import FOCUS, Instrument, find
from quanticity.sim.market.listing import Kind, Listed, Loads

_TECH, _SMALL = ("tech", 1.0), ("small", 1.0)
# Beside the market's beta, which instruments have.
_EQUITY: dict[str, Loads] = {
    "NDX": (_TECH,),
    "QQQ": (_TECH,),
    "RUT": (_SMALL,),
    "IWM": (_SMALL,),
    "VIX": (("vol", 1.0),),
    "VXX": (("vol", 0.6),),
    **dict.fromkeys(("AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA"), (_TECH,)),
}
# Prints a minute, ticks between bid and ask, size at the best price.
_BUSY = {
    "SPY": (280, 1, 900), "QQQ": (240, 1, 600), "IWM": (140, 1, 900), "NVDA": (320, 1, 700),
    "TSLA": (260, 4, 200), "AAPL": (180, 1, 500), "AMZN": (150, 2, 300), "MSFT": (120, 4, 150),
    "GOOGL": (110, 2, 300), "META": (90, 10, 80), "VXX": (30, 1, 2000),
}  # fmt: skip
_FUNDS = {"SPY", "QQQ", "IWM", "VXX"}
_PRIMARY = {"SPY": "ARCA", "QQQ": "NASDAQ", "IWM": "ARCA", "VXX": "BATS"}
_NOISE = {"SPY": 0.0012, "QQQ": 0.0015, "IWM": 0.002}


def from_instrument(each: Instrument) -> Listed:
    """A listing in New York, of an index, a fund or a stock."""
    extra = _EQUITY.get(each.symbol, ())
    index = each.kind == "index"
    usual = max(2, min(60, each.shares // 400_000))
    prints, spread, depth = _BUSY.get(each.symbol, (usual, 2, 300))
    return Listed(
        symbol=each.symbol,
        name=each.name,
        kind=each.kind,
        hours="index" if index else "stocks",
        exchange=("NASDAQ" if each.symbol == "NDX" else "CBOE") if index else "SMART",
        price=each.price,
        tick=0.01,
        loads=(("market", each.beta), *extra),
        own=0.0 if each.symbol in ("VIX", "NDX", "QQQ", "RUT", "IWM") else each.own,
        noise=_NOISE.get(each.symbol, 0.0),
        lot=1 if index else 100,
        volume=each.shares,
        prints=0 if index else prints,
        spread=spread,
        depth=0 if index else depth,
    )


def primary(symbol: str) -> str:
    """The exchange that a fund or stock is listed on, and has its auctions."""
    return _PRIMARY.get(symbol, "NASDAQ")


def _index(
    symbol: str, name: str, hours: str, exchange: str, currency: str, price: float,
    loads: Loads, own: float, vendor: str,
) -> Listed:  # fmt: skip
    return Listed(
        symbol=symbol, name=name, kind="index", hours=hours, exchange=exchange, price=price,
        tick=0.01, loads=loads, own=own, currency=currency, vendor_symbol=vendor,
    )  # fmt: skip


_EUROPE, _ASIA = ("europe", 1.0), ("asia", 1.0)
_INDICES = (
    _index("DAX", "DAX 40", "frankfurt", "EUREX", "EUR", 19800, (("market", 0.75), _EUROPE),
           0.05, "DAX"),
    _index("FTSE", "FTSE 100", "london", "LIFFE", "GBP", 8250, (("market", 0.5), ("europe", 0.7)),
           0.05, "Z"),
    _index("CAC", "CAC 40", "frankfurt", "MONEP", "EUR", 7450, (("market", 0.7), _EUROPE),
           0.05, "CAC40"),
    _index("STOXX50", "Euro Stoxx 50", "frankfurt", "EUREX", "EUR", 4950,
           (("market", 0.73), _EUROPE), 0.02, "ESTX50"),
    _index("IBEX", "IBEX 35", "frankfurt", "MEFFRV", "EUR", 11700,
           (("market", 0.65), _EUROPE), 0.08, "IBEX35"),
    _index("N225", "Nikkei 225", "tokyo", "OSE.JPN", "JPY", 38800,
           (("market", 0.5), _ASIA, ("jpy", -0.5), ("dollar", 0.4)), 0.06, "N225"),
    _index("HSI", "Hang Seng", "hong kong", "HKFE", "HKD", 20100, (("market", 0.4), _ASIA),
           0.13, "HSI"),
    _index("ASX200", "S&P/ASX 200", "sydney", "ASX", "AUD", 8300,
           (("market", 0.45), ("asia", 0.6)), 0.05, "XJO"),
    _index("KOSPI", "KOSPI", "seoul", "KSE", "KRW", 2500, (("market", 0.5), _ASIA), 0.08, "KOSPI"),
    _index("TOPIX", "TOPIX", "tokyo", "OSE.JPN", "JPY", 2730,
           (("market", 0.5), _ASIA, ("jpy", -0.45), ("dollar", 0.35)), 0.04, "TOPX"),
    _index("BOVESPA", "Ibovespa", "sao paulo", "BVMF", "BRL", 126000,
           (("market", 0.7), ("emerging", 0.9)), 0.08, "IBOV"),
    _index("TSX60", "S&P/TSX 60", "toronto", "TSE", "CAD", 1520,
           (("market", 0.75), ("oil", 0.08)), 0.04, "TX60"),
)  # fmt: skip


def _pair(symbol: str, price: float, tick: float, loads: Loads, volume: int, own: float = 0.0,
          spread: int = 2) -> Listed:  # fmt: skip
    base, quote = symbol.split(".")
    return Listed(
        symbol=symbol, name=f"{base} in {quote}", kind="fx", hours="fx", exchange="IDEALPRO",
        price=price, tick=tick, loads=loads, own=own, currency=quote, vendor_symbol=base,
        lot=25_000, volume=volume, prints=max(10, volume // 30_000_000), spread=spread,
        depth=2_000_000,
    )  # fmt: skip


_MLN = 1_000_000
# A cross moves as its two pairs do, so that no money is to be had by going round.
_PAIRS = (
    _pair("EUR.USD", 1.05, 0.00005, (("dollar", -1.0), ("eur", 1.0)), 2400 * _MLN, spread=1),
    _pair("GBP.USD", 1.26, 0.00005, (("dollar", -0.9), ("gbp", 1.0)), 1500 * _MLN),
    _pair("USD.JPY", 155.0, 0.005, (("dollar", 0.9), ("rates", -0.5), ("jpy", -1.0)), 1900 * _MLN),
    _pair("AUD.USD", 0.65, 0.00005, (("dollar", -0.9), ("market", 0.25), ("aud", 1.0)),
          900 * _MLN, spread=1),
    _pair("EUR.GBP", 1.05 / 1.26, 0.00005, (("dollar", -0.1), ("eur", 1.0), ("gbp", -1.0)),
          700 * _MLN, spread=1),
    _pair("EUR.JPY", 1.05 * 155, 0.005,
          (("dollar", -0.1), ("rates", -0.5), ("eur", 1.0), ("jpy", -1.0)), 800 * _MLN),
    _pair("GBP.JPY", 1.26 * 155, 0.005,
          (("rates", -0.5), ("gbp", 1.0), ("jpy", -1.0)), 600 * _MLN, spread=3),
    _pair("USD.MXN", 20.3, 0.0005, (("dollar", 0.5), ("emerging", -1.0), ("market", -0.2)),
          500 * _MLN, spread=8),
    _pair("USD.ZAR", 18.1, 0.0005, (("dollar", 0.6), ("emerging", -1.1), ("market", -0.2)),
          300 * _MLN, own=0.05, spread=20),
    _pair("USD.TRY", 34.9, 0.0005, (("dollar", 0.3), ("emerging", -0.4)), 200 * _MLN, own=0.05,
          spread=60),
)  # fmt: skip


def _coin(symbol: str, name: str, price: float, tick: float, loads: Loads, own: float,
          volume: int, prints: int, depth: int, spread: int) -> Listed:  # fmt: skip
    return Listed(
        symbol=symbol, name=name, kind="crypto", hours="crypto", exchange="PAXOS", price=price,
        tick=tick, loads=loads, own=own, vendor_symbol=symbol.split(".", maxsplit=1)[0],
        unit=0.0001, lot=100, volume=volume, prints=prints, depth=depth, spread=spread,
    )  # fmt: skip


_COINS = (
    _coin("BTC.USD", "Bitcoin", 95_000, 0.25, (("crypto", 1.0), ("market", 0.8)), 0.0,
          9 * _MLN, 60, 4_000, 12),
    _coin("ETH.USD", "Ether", 3_300, 0.01, (("crypto", 1.15), ("market", 1.0)), 0.25,
          160 * _MLN, 45, 80_000, 30),
)  # fmt: skip


def _internal(symbol: str, name: str, vendor: str) -> Listed:
    return Listed(
        symbol=symbol, name=name, kind="internal", hours="internals", exchange="NYSE",
        price=0.0, tick=1.0, loads=(("market", 1.0),), vendor_symbol=vendor,
    )  # fmt: skip


_INTERNALS = (
    _internal("TICK", "NYSE stocks on an uptick less those on a downtick", "TICK-NYSE"),
    _internal("ADD", "NYSE stocks above their last close less those below", "AD-NYSE"),
)


def _in_new_york() -> tuple[Listed, ...]:
    symbols = ("SPX", "NDX", "RUT", "VIX", *(s for s in FOCUS if s != "SPX"), "VXX")
    found = [find(symbol) for symbol in symbols]
    return tuple(from_instrument(each) for each in found if each is not None)


CASH = (*_in_new_york(), *_INDICES, *_PAIRS, *_COINS, *_INTERNALS)

__all__ = ["CASH", "Kind", "from_instrument", "primary"]
