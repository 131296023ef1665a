"""An account in figures: equity, margin, buying power, profit and loss. Base currency USD.

Positions count at the middle of their quote. What has no price makes every figure that needs it
None, and says so: never zero. Equity with loan value has no options in it; buying power is four
times the available funds, as in a Reg T account by day.
"""

from __future__ import annotations

from dataclasses import dataclass

from quanticity.sim.exchange.accounts import Account, Position
from quanticity.sim.exchange.events import AccountValue
from quanticity.sim.exchange.floor import Floor
from quanticity.sim.exchange.margin import Holding, requirement

BASE = "USD"
_LEVERAGE = 4.0
_KINDS = {
    "STK": "StockMarketValue",
    "OPT": "OptionMarketValue",
    "FOP": "OptionMarketValue",
    "FUT": "FuturesPNL",
    "CRYPTO": "Cryptocurrency",
}


# TWS tells margins of its two segments beside the whole, by these ends of their names.
_SECURITIES, _COMMODITIES = "S", "C"
_FUTURES = ("FUT", "FOP")


class NoPrice(Exception):
    """A figure cannot be computed: something in it has no price. The message says what."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What an account is worth, in USD.

    `segments` are the margins to begin with and to keep, of securities (S) and commodities (C).
    """

    net_liquidation: float
    equity_with_loan: float
    cash: float
    initial: float
    maintenance: float
    gross: float
    unrealized: float
    realized: float
    kinds: dict[str, float]
    segments: dict[str, tuple[float, float]]

    @property
    def available(self) -> float:
        """What new positions may bind."""
        return self.equity_with_loan - self.initial

    @property
    def buying_power(self) -> float:
        """What may be bought on the day."""
        return max(self.available, 0.0) * _LEVERAGE


@dataclass(frozen=True, slots=True)
class Pnl:
    """Profit and loss in USD, None where it cannot be computed: `reason` says why."""

    daily: float | None
    unrealized: float | None
    realized: float | None
    value: float | None = None
    quantity: float = 0.0
    reason: str = ""


def price(floor: Floor, position: Position, at: float) -> float:
    """What a position is marked at. Raises NoPrice."""
    quote = floor.quote(position.contract, at)
    found = quote.mid if quote else None
    if found is None:
        contract = position.contract
        raise NoPrice(f"no price for {contract.local_symbol or contract.symbol}")
    return found


def rate(floor: Floor, currency: str, at: float) -> float:
    """What a unit of a currency is worth in USD. Raises NoPrice."""
    if currency == BASE:
        return 1.0
    found = floor.market.rate(currency, BASE, at)
    if found is None:
        raise NoPrice(f"no rate of {currency} in {BASE}")
    return found


def figures(floor: Floor, account: Account, at: float) -> Figures:
    """An account at a moment. Raises NoPrice where something in it has none."""
    rates = {each: rate(floor, each, at) for each in (*account.cash, *account.realized)}
    in_base = {each: amount * rates[each] for each, amount in account.cash.items()}
    holdings: dict[str, list[Holding]] = {_SECURITIES: [], _COMMODITIES: []}
    kinds = dict.fromkeys(_KINDS.values(), 0.0)
    unrealized = gross = 0.0
    for held in account.positions.values():
        if not held.quantity:
            continue
        mark = price(floor, held, at)
        holding = _holding(floor, held, mark, at)
        sec_type, worth = held.contract.sec_type, holding.value
        holdings[_COMMODITIES if sec_type in _FUTURES else _SECURITIES].append(holding)
        unrealized += worth - held.cost * holding.rate
        if sec_type == "FUT":
            kinds["FuturesPNL"] += worth - held.paid * holding.rate
        elif sec_type in _KINDS:
            kinds[_KINDS[sec_type]] += worth
            gross += abs(worth)
    cash = sum(in_base.values())
    try:
        foreign = sum(abs(amount) for each, amount in in_base.items() if each != BASE)
        segments = {
            name: requirement(each, foreign if name == _SECURITIES else 0.0)
            for name, each in holdings.items()
        }
    except ValueError as error:
        raise NoPrice(str(error)) from error
    options = kinds["OptionMarketValue"]
    worth = cash + sum(kinds.values())
    return Figures(
        net_liquidation=worth,
        equity_with_loan=worth - options,
        cash=cash,
        initial=sum(first for first, _ in segments.values()),
        maintenance=sum(keep for _, keep in segments.values()),
        gross=gross,
        unrealized=unrealized,
        realized=sum(amount * rates[each] for each, amount in account.realized.items()),
        kinds=kinds,
        segments=segments,
    )


def values(floor: Floor, account: Account, at: float) -> list[AccountValue]:
    """The account's figures under TWS's names; those that cannot be computed are left out.

    Then a value `Unavailable` (not one of TWS's) says what is missing.
    """

    def tell(key: str, value: str | float, currency: str = BASE) -> None:
        text = value if isinstance(value, str) else f"{value:.2f}"
        told.append(AccountValue(at, account.name, key, text, currency))

    told: list[AccountValue] = []
    tell("AccountType", "INDIVIDUAL", "")
    tell("AccountReady", "true", "")
    for currency, amount in sorted(account.cash.items()):
        tell("CashBalance", amount, currency)
        tell("TotalCashBalance", amount, currency)
        tell("RealizedPnL", account.realized.get(currency, 0.0), currency)
    try:
        found = figures(floor, account, at)
        for currency in sorted(account.cash):
            tell("ExchangeRate", f"{rate(floor, currency, at):.6f}", currency)
    except NoPrice as error:
        tell("Unavailable", str(error), "")
        return told
    keys = {
        "NetLiquidation": found.net_liquidation,
        "EquityWithLoanValue": found.equity_with_loan,
        "TotalCashValue": found.cash,
        "SettledCash": found.cash,
        "AccruedCash": 0.0,
        "GrossPositionValue": found.gross,
        "RegTEquity": found.equity_with_loan,
        "RegTMargin": found.initial,
        "InitMarginReq": found.initial,
        "MaintMarginReq": found.maintenance,
        "FullInitMarginReq": found.initial,
        "FullMaintMarginReq": found.maintenance,
        "AvailableFunds": found.available,
        "FullAvailableFunds": found.available,
        "ExcessLiquidity": found.equity_with_loan - found.maintenance,
        "FullExcessLiquidity": found.equity_with_loan - found.maintenance,
        "BuyingPower": found.buying_power,
        "UnrealizedPnL": found.unrealized,
        **found.kinds,
    }
    for segment, (first, keep) in found.segments.items():
        keys |= {f"InitMarginReq-{segment}": first, f"MaintMarginReq-{segment}": keep}
        keys |= {f"FullInitMarginReq-{segment}": first, f"FullMaintMarginReq-{segment}": keep}
    for key, value in keys.items():
        tell(key, value)
    if found.net_liquidation > 0:
        cushion = (found.equity_with_loan - found.maintenance) / found.net_liquidation
        tell("Cushion", f"{cushion:.4f}", "")
    tell("CashBalance", found.cash, "BASE")
    tell("NetLiquidationByCurrency", found.net_liquidation, "BASE")
    tell("UnrealizedPnL", found.unrealized, "BASE")
    tell("RealizedPnL", found.realized, "BASE")
    return told


def account_pnl(floor: Floor, account: Account, at: float) -> Pnl:
    """An account's profit and loss: since the broker's day began, open, and realised today."""
    try:
        found = figures(floor, account, at)
    except NoPrice as error:
        return Pnl(None, None, None, reason=str(error))
    if account.day_equity is None:
        reason = "the account could not be valued when the day began"
        return Pnl(None, found.unrealized, found.realized, found.net_liquidation, reason=reason)
    daily = found.net_liquidation - account.day_equity
    return Pnl(daily, found.unrealized, found.realized, found.net_liquidation)


def position_pnl(floor: Floor, account: Account, con_id: int, at: float) -> Pnl:
    """One position's profit and loss. Raises KeyError where the account never had it today."""
    held = account.positions[con_id]
    try:
        mark = price(floor, held, at) if held.quantity else 0.0
        worth = held.value(mark)
        in_base = rate(floor, held.contract.currency, at)
    except NoPrice as error:
        return Pnl(None, None, None, None, held.quantity, str(error))
    daily, reason = None, "the position could not be valued when the day began"
    if held.day_value is not None:
        daily, reason = (worth - held.day_value - held.day_flow) * in_base, ""
    return Pnl(
        daily=daily,
        unrealized=(worth - held.cost) * in_base,
        realized=held.realized * in_base,
        value=worth * in_base,
        quantity=held.quantity,
        reason=reason,
    )


def _holding(floor: Floor, held: Position, mark: float, at: float) -> Holding:
    listing = floor.known(held.contract.con_id)
    underlying = None
    if listing.underlying is not None:
        quote = floor.quote(listing.underlying, at)
        underlying = quote.mid if quote else None
    in_base = rate(floor, held.contract.currency, at)
    return Holding(listing, held.quantity, mark, in_base, underlying)
