"""The companies of the simulated world, and when they report.

Names, tickers and SEC numbers of the large ones are real; every figure is drawn. Small ones
are made up for a day, so that a calendar has rows out of season too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from quanticity.sim.vendors.draw import Draw


class ReportTime(StrEnum):
    """When in the day a company reports."""

    PRE_MARKET = "pre-market"
    AFTER_HOURS = "after-hours"
    NOT_SUPPLIED = "not-supplied"


@dataclass(frozen=True, slots=True)
class Company:
    """A listed company. `cap` is its market value in dollars, `eps` a quarter's earnings."""

    symbol: str
    name: str
    cik: int
    cap: float
    eps: float


@dataclass(frozen=True, slots=True)
class EarningsReport:
    """One company's report for one quarter. Actual figures are known once it is out."""

    company: Company
    day: date
    time: ReportTime
    quarter_end: date
    estimate: float | None
    actual: float
    last_year: float
    last_year_day: date
    analysts: int

    @property
    def hour(self) -> int:
        """Eastern hour from which the actual figures are known."""
        return 7 if self.time is ReportTime.PRE_MARKET else 17


_ROWS = """
AAPL|Apple Inc.|320193|3900|1.85
MSFT|Microsoft Corporation|789019|3700|3.7
GOOGL|Alphabet Inc.|1652044|3000|2.6
AMZN|Amazon.com, Inc.|1018724|2400|1.8
NVDA|NVIDIA Corporation|1045810|4500|1.2
META|Meta Platforms, Inc.|1326801|1700|6.7
TSLA|Tesla, Inc.|1318605|1300|0.45
AVGO|Broadcom Inc.|1730168|1500|1.6
JPM|J P Morgan Chase & Co|19617|830|4.9
LLY|Eli Lilly and Company|59478|800|6.0
V|Visa Inc.|1403161|660|2.9
XOM|Exxon Mobil Corporation|34088|480|1.8
WMT|Walmart Inc.|104169|800|0.65
UNH|UnitedHealth Group Incorporated|731766|310|4.1
MA|Mastercard Incorporated|1141391|510|4.1
PG|Procter & Gamble Company (The)|80424|360|1.8
JNJ|Johnson & Johnson|200406|450|2.7
HD|Home Depot, Inc. (The)|354950|390|3.8
COST|Costco Wholesale Corporation|909832|410|4.5
ORCL|Oracle Corporation|1341439|750|1.5
ABBV|AbbVie Inc.|1551152|400|2.9
BAC|Bank of America Corporation|70858|380|0.95
NFLX|Netflix, Inc.|1065280|480|6.2
KO|Coca-Cola Company (The)|21344|300|0.75
CVX|Chevron Corporation|93410|310|2.0
CRM|Salesforce, Inc.|1108524|240|2.9
AMD|Advanced Micro Devices, Inc.|2488|360|1.2
CSCO|Cisco Systems, Inc.|858877|280|1.0
PEP|PepsiCo, Inc.|77476|200|2.1
TMO|Thermo Fisher Scientific Inc|97745|200|5.6
ADBE|Adobe Inc.|796343|150|5.2
IBM|International Business Machines Corporation|51143|270|2.6
GE|GE Aerospace|40545|310|1.5
MCD|McDonald's Corporation|63908|215|3.1
DIS|Walt Disney Company (The)|1744489|205|1.3
CAT|Caterpillar, Inc.|18230|250|4.9
QCOM|QUALCOMM Incorporated|804328|180|2.9
GS|Goldman Sachs Group, Inc. (The)|886982|240|11.0
MS|Morgan Stanley|895421|250|2.3
C|Citigroup, Inc.|831001|180|1.9
WFC|Wells Fargo & Company|72971|270|1.6
T|AT&T Inc.|732717|190|0.53
VZ|Verizon Communications Inc.|732712|170|1.2
INTC|Intel Corporation|50863|170|0.15
MU|Micron Technology, Inc.|723125|230|2.9
TXN|Texas Instruments Incorporated|97476|165|1.4
BA|Boeing Company (The)|12927|160|-1.1
UBER|Uber Technologies, Inc.|1543151|190|0.7
PFE|Pfizer, Inc.|78003|140|0.7
NKE|Nike, Inc.|320187|100|0.4
F|Ford Motor Company|37996|50|0.36
GM|General Motors Company|1467858|60|2.4
DAL|Delta Air Lines, Inc.|27904|38|1.6
FDX|FedEx Corporation|1048911|60|4.0
COIN|Coinbase Global, Inc.|1679788|85|1.1
PLTR|Palantir Technologies Inc.|1321655|420|0.17
MSTR|Strategy Inc|1050446|85|0.4
SNOW|Snowflake Inc.|1640147|80|0.3
ABNB|Airbnb, Inc.|1559720|78|1.4
CLX|Clorox Company (The)|21076|13|1.4
"""


def _read(row: str) -> Company:
    symbol, name, cik, cap, eps = row.split("|")
    return Company(symbol, name, int(cik), float(cap) * 1e9, float(eps))


COMPANIES: dict[str, Company] = {
    company.symbol: company for company in map(_read, _ROWS.split("\n")[1:-1])
}
BY_CIK: dict[int, Company] = {company.cik: company for company in COMPANIES.values()}

_FIRST = ("Alder", "Beacon", "Cobalt", "Drift", "Ember", "Fjord", "Granite", "Harbor", "Iris")
_SECOND = ("Bio", "Capital", "Data", "Energy", "Foods", "Health", "Logic", "Materials", "Power")
_LAST = ("Holdings, Inc.", "Corporation", "Group plc", "Therapeutics, Inc.", "Bancorp")


def earnings_on(draw: Draw, day: date) -> list[EarningsReport]:
    """All reports of one day; none at weekends."""
    if day.weekday() >= 5:
        return []
    large = [c for c in COMPANIES.values() if report_day(draw, c, day) == day]
    count = draw.integer(3, 14, "small reports", day.isoformat())
    small = [_small(draw, day, index) for index in range(count)]
    return [_report(draw, company, day) for company in large + small]


def report_day(draw: Draw, company: Company, near: date) -> date:
    """The day in the quarter of `near` on which a company reports."""
    start = date(near.year, near.month - (near.month - 1) % 3, 1)
    day = start + timedelta(days=draw.integer(12, 58, "report day", company.symbol))
    return day if day.weekday() < 5 else day + timedelta(days=7 - day.weekday())


def next_report(draw: Draw, company: Company, day: date) -> date:
    """The first report on `day` or after it."""
    found = report_day(draw, company, day)
    while found < day:
        found = report_day(draw, company, found + timedelta(days=92))
    return found


def _small(draw: Draw, day: date, index: int) -> Company:
    label = f"{day.isoformat()}:{index}"
    letters = [chr(65 + draw.integer(0, 25, "letter", label, place)) for place in range(4)]
    name = " ".join(
        draw.pick(words, "word", label, place)
        for place, words in enumerate((_FIRST, _SECOND, _LAST))
    )
    cik = draw.integer(1_700_000, 2_090_000, "cik", label)
    cap = 10 ** draw.between(7.2, 9.8, "cap", label)
    return Company("".join(letters), name, cik, cap, draw.between(-0.6, 0.9, "eps", label))


def _report(draw: Draw, company: Company, day: date) -> EarningsReport:
    mark = (company.symbol, day.isoformat())
    expected = company.eps * draw.between(0.85, 1.2, "estimate", *mark)
    analysts = draw.integer(1, 4, "analysts", *mark) + (18 if company.cap > 2e10 else 0)
    covered = company.cap > 2e10 or draw.chance(0.75, "covered", *mark)
    year_ago = day - timedelta(days=364 + draw.integer(-3, 3, "year ago", *mark))
    return EarningsReport(
        company=company,
        day=day,
        time=draw.pick(
            (ReportTime.PRE_MARKET, ReportTime.AFTER_HOURS, ReportTime.NOT_SUPPLIED),
            "report time",
            *mark,
        ),
        quarter_end=_quarter_end_before(day),
        estimate=round(expected, 2) if covered else None,
        actual=round(expected + abs(expected) * 0.12 * draw.normal("surprise", *mark), 2),
        last_year=round(company.eps * draw.between(0.7, 1.1, "last year", *mark), 2),
        last_year_day=year_ago,
        analysts=analysts if covered else 0,
    )


def _quarter_end_before(day: date) -> date:
    start = date(day.year, day.month - (day.month - 1) % 3, 1)
    return start - timedelta(days=1)
