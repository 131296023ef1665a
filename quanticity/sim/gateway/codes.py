"""What TWS says when something is wrong, or well: its codes and texts.

Texts that name a figure have a place for it. Source: the message codes of the TWS API's
documentation, and what gateways were seen to send.
"""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """A numbered message."""

    number: int
    text: str


TOO_MANY_MESSAGES = Code(
    100, "Max rate of messages per second has been exceeded:max=50 rec={received} (1)"
)
TOO_MANY_LINES = Code(101, "Max number of tickers has been reached")
HISTORICAL = Code(162, "Historical Market Data Service error message:{why}")
UNKNOWN_CONTRACT = Code(200, "No security definition has been found for the request")
AMBIGUOUS = Code(200, "The contract description specified for {symbol} is ambiguous.")
UNKNOWN_TICKER = Code(300, "Can't find EId with tickerId:{rid}")
TOO_MANY_BOOKS = Code(309, "Max number ({limit}) of market depth requests has been reached")
UNKNOWN_BOOK = Code(310, "Can't find the subscribed market depth with tickerId:{rid}")
LIVE_BARS_REFUSED = Code(420, "Invalid Real-time Query:No market data permissions")
PACING_OF_LIVE_BARS = Code(420, "Invalid Real-time Query:Historical data request pacing violation")
BOOK_RESET = Code(
    317,
    "Market depth data has been RESET. Please empty deep book contents before applying any new "
    "entries.",
)
UNREADABLE = Code(320, "Error reading request. Message id {message}: {why}")
INVALID = Code(321, "Error validating request.-'bV' : cause - {why}")
READ_ONLY = Code(
    321,
    "Error validating request.-'bV' : cause - The API interface is currently in Read-Only mode.",
)
DUPLICATE_TICKER = Code(322, "Error processing request.-'bT' : cause - Duplicate ticker id")
TOO_MUCH_HISTORY = Code(
    322,
    "Error processing request.-'bT' : cause - "
    "Only {limit} simultaneous API historical data requests allowed.",
)
CLIENT_ID_IN_USE = Code(
    326,
    "Unable to connect as the client id is already in use. Retry with a unique client id.",
)
NOT_SUBSCRIBED = Code(354, "Requested market data is not subscribed.")
UNKNOWN_HISTORY = Code(366, "No historical data query found for ticker id:{rid}")
NOT_CONNECTED = Code(504, "Not connected")
UNKNOWN_MESSAGE = Code(505, "Fatal Error: Unknown message id.")
CONNECTIVITY_LOST = Code(1100, "Connectivity between IBKR and Trader Workstation has been lost.")
RESTORED_LOST = Code(
    1101,
    "Connectivity between IBKR and Trader Workstation has been restored - data lost. "
    "All data requests must be resubmitted.",
)
RESTORED_KEPT = Code(
    1102,
    "Connectivity between IBKR and Trader Workstation has been restored - data maintained. "
    "All data farms are connected: usfarm; ushmds; secdefil.",
)
NO_DEPTH = Code(
    10092,
    "Deep market data is not supported for this combination of security type/exchange",
)
ETRADE_ONLY = Code(10268, "The 'EtradeOnly' order attribute is not supported.")
FIRM_QUOTE_ONLY = Code(10269, "The 'FirmQuoteOnly' order attribute is not supported.")
SET_TO_DAY = Code(10349, "Order TIF was set to DAY based on order preset.")
BAD_TICK_REQUEST = Code(10189, "Failed to request tick-by-tick data.{why}")
TOO_MANY_TICKS = Code(10190, "Max number of tick-by-tick requests has been reached.")
COMPETING_SESSION = Code(10197, "No market data during competing live session")
DELAYED_SHOWN = Code(
    10167, "Requested market data is not subscribed. Displaying delayed market data."
)
DELAYED_NOT_ENABLED = Code(
    10168, "Requested market data is not subscribed. Delayed market data is not enabled."
)
WELCOME = (
    Code(2104, "Market data farm connection is OK:usfarm"),
    Code(2106, "HMDS data farm connection is OK:ushmds"),
    Code(2158, "Sec-def data farm connection is OK:secdefil"),
)
