"""What clients send to the simulated broker: contracts and orders, in TWS's words."""

from __future__ import annotations

from dataclasses import dataclass

BUY, SELL = "BUY", "SELL"
# Order types that wait for the last price to reach their stop.
STOPS = ("STP", "STP LMT", "TRAIL", "TRAIL LIMIT")
TRAILS = ("TRAIL", "TRAIL LIMIT")
# Order types that wait for the closing auction; with the time in force OPG, for the opening one.
CLOSING = ("MOC", "LOC")
# Order types that carry a limit price.
LIMITED = ("LMT", "STP LMT", "LOC")
ORDER_TYPES = ("MKT", "LMT", *STOPS, *CLOSING)
TIFS = ("DAY", "GTC", "IOC", "FOK", "OPG")


@dataclass(frozen=True, slots=True)
class ComboLeg:
    """One leg of a BAG: `ratio` contracts of `con_id` for each combo bought."""

    con_id: int
    ratio: int = 1
    action: str = BUY
    exchange: str = "SMART"
    open_close: int = 0


@dataclass(frozen=True, slots=True)
class Contract:
    """An instrument as a client names it; the market fills in what was left out.

    `sec_type` is STK, OPT, FOP, FUT, CASH, CRYPTO, IND or BAG; `expiry` is YYYYMMDD or YYYYMM,
    `right` C or P, `multiplier` TWS's text.
    """

    con_id: int = 0
    symbol: str = ""
    sec_type: str = "STK"
    expiry: str = ""
    strike: float = 0.0
    right: str = ""
    multiplier: str = ""
    exchange: str = "SMART"
    primary_exchange: str = ""
    currency: str = "USD"
    local_symbol: str = ""
    trading_class: str = ""
    combo_legs: tuple[ComboLeg, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """An order as a client sends it. Prices are in the contract's currency, None where unset.

    `aux_price` is the stop price, or what a trailing stop trails by; `leg_prices` the per-leg
    prices of a combo; `algo_params` and `smart_combo_routing` are pairs of tag and value. An empty
    `tif` is set to DAY by the broker, which says so.
    """

    action: str
    total_quantity: float
    order_type: str = "LMT"
    lmt_price: float | None = None
    aux_price: float | None = None
    tif: str = "DAY"
    account: str = ""
    trailing_percent: float | None = None
    trail_stop_price: float | None = None
    lmt_price_offset: float | None = None
    parent_id: int = 0
    transmit: bool = True
    oca_group: str = ""
    oca_type: int = 0
    outside_rth: bool = False
    all_or_none: bool = False
    order_ref: str = ""
    algo_strategy: str = ""
    algo_params: tuple[tuple[str, str], ...] = ()
    smart_combo_routing: tuple[tuple[str, str], ...] = ()
    leg_prices: tuple[float | None, ...] = ()
    what_if: bool = False

    @property
    def sign(self) -> int:
        """1 where it buys, -1 where it sells."""
        return 1 if self.action == BUY else -1


@dataclass(frozen=True, slots=True)
class Fate:
    """What goes wrong with one order in the exchange itself, on purpose; nothing by default.

    `legs` are the only ones of a combo that fill, from 0 (of the others there are no executions and
    no positions; none named: all). With `inactive`, a reason, it goes Inactive when it arrives, and
    the reason is told `late` seconds after.
    """

    legs: tuple[int, ...] = ()
    inactive: str = ""
    late: float = 0.0


@dataclass(frozen=True, slots=True)
class OrderState:
    """What the broker says with an order: its status, and for a what-if what it would do.

    Margins, equity and commission are in USD, None where they were not asked for, or cannot be
    computed: `warning_text` then says why.
    """

    status: str
    init_margin_before: float | None = None
    maint_margin_before: float | None = None
    equity_with_loan_before: float | None = None
    init_margin_after: float | None = None
    maint_margin_after: float | None = None
    equity_with_loan_after: float | None = None
    commission: float | None = None
    commission_currency: str = ""
    warning_text: str = ""
    completed_time: float | None = None
    completed_status: str = ""
