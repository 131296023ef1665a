"""Filings of the simulated companies: insiders' form 4, with some of the other forms between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from xml.sax.saxutils import escape

from quanticity.clock import EASTERN
from quanticity.sim.vendors.companies import COMPANIES, Company
from quanticity.sim.vendors.draw import Draw
from quanticity.sim.vendors.economy import is_business_day

_FORMS = ("4", "4", "4", "4", "8-K", "424B2")
_DESCRIPTIONS = {"4": "FORM 4", "8-K": "8-K", "424B2": "PRELIMINARY PRICING SUPPLEMENT"}
_FIRST = ("JAMES", "MARY", "ROBERT", "LINDA", "DAVID", "SUSAN", "KEVIN", "LUCA", "COLETTE")
_LAST = ("PARKER", "NGUYEN", "O'BRIEN", "KRESS", "ADAMS", "IYER", "WAGNER", "MAESTRI", "SATO")
_TITLES = (
    "Chief Executive Officer",
    "Chief Financial Officer",
    "SVP, General Counsel",
    "Director",
)
# Purchase, sale, grant, tax withheld, exercise: the codes seen most.
_CODES = ("P", "S", "S", "A", "F", "M")


@dataclass(frozen=True, slots=True)
class Filing:
    """One filing. `filed` is when EDGAR accepted it, in Eastern time."""

    company: Company
    form: str
    filed: datetime
    reported: date
    accession: str
    size: int
    owner: str
    owner_cik: int
    title: str
    code: str
    shares: int
    price: float

    @property
    def folder(self) -> str:
        """The accession number as it stands in a path."""
        return self.accession.replace("-", "")

    @property
    def accepted(self) -> str:
        """The moment of acceptance in UTC, with milliseconds."""
        return self.filed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    @property
    def document(self) -> str:
        """Its main document."""
        if self.form == "4":
            return "xslF345X05/form4.xml"
        return f"{self.company.symbol.lower()}-{self.reported:%Y%m%d}.htm"

    @property
    def description(self) -> str:
        """What the main document is called."""
        return _DESCRIPTIONS[self.form]

    def ownership_document(self) -> str:
        """The XML of a form 4."""
        sold = self.code in ("S", "F")
        officer = "0" if self.title == "Director" else "1"
        return f"""<?xml version="1.0"?>
<ownershipDocument>
    <schemaVersion>X0508</schemaVersion>
    <documentType>4</documentType>
    <periodOfReport>{self.reported.isoformat()}</periodOfReport>
    <issuer>
        <issuerCik>{self.company.cik:010d}</issuerCik>
        <issuerName>{escape(self.company.name)}</issuerName>
        <issuerTradingSymbol>{self.company.symbol}</issuerTradingSymbol>
    </issuer>
    <reportingOwner>
        <reportingOwnerId>
            <rptOwnerCik>{self.owner_cik:010d}</rptOwnerCik>
            <rptOwnerName>{escape(self.owner)}</rptOwnerName>
        </reportingOwnerId>
        <reportingOwnerRelationship>
            <isDirector>{1 - int(officer)}</isDirector>
            <isOfficer>{officer}</isOfficer>
            <officerTitle>{escape(self.title)}</officerTitle>
        </reportingOwnerRelationship>
    </reportingOwner>
    <nonDerivativeTable>
        <nonDerivativeTransaction>
            <securityTitle><value>Common Stock</value></securityTitle>
            <transactionDate><value>{self.reported.isoformat()}</value></transactionDate>
            <transactionCoding>
                <transactionFormType>4</transactionFormType>
                <transactionCode>{self.code}</transactionCode>
                <equitySwapInvolved>0</equitySwapInvolved>
            </transactionCoding>
            <transactionAmounts>
                <transactionShares><value>{self.shares}</value></transactionShares>
                <transactionPricePerShare><value>{self.price:.2f}</value></transactionPricePerShare>
                <transactionAcquiredDisposedCode><value>{"D" if sold else "A"}</value></transactionAcquiredDisposedCode>
            </transactionAmounts>
            <postTransactionAmounts>
                <sharesOwnedFollowingTransaction><value>{self.shares * 9}</value></sharesOwnedFollowingTransaction>
            </postTransactionAmounts>
            <ownershipNature><directOrIndirectOwnership><value>D</value></directOrIndirectOwnership></ownershipNature>
        </nonDerivativeTransaction>
    </nonDerivativeTable>
</ownershipDocument>
"""  # noqa: E501 - as the vendor writes it


def filings_on(draw: Draw, day: date, now: datetime) -> list[Filing]:
    """All filings of a day that were accepted by `now`, newest first."""
    found = [f for company in COMPANIES.values() for f in _of_day(draw, company, day)]
    return sorted((f for f in found if f.filed <= now), key=lambda f: f.filed, reverse=True)


def filings_of(draw: Draw, company: Company, first: date, now: datetime) -> list[Filing]:
    """One company's filings since `first` that were accepted by `now`, newest first."""
    found: list[Filing] = []
    day = now.date()
    while day >= first:
        known = (f for f in _of_day(draw, company, day) if f.filed <= now)
        found.extend(sorted(known, key=lambda f: f.filed, reverse=True))
        day -= timedelta(days=1)
    return found


def _of_day(draw: Draw, company: Company, day: date) -> list[Filing]:
    if not is_business_day(day):
        return []
    mark = (company.symbol, day.isoformat())
    count = draw.integer(0, 3, "filings", *mark) if draw.chance(0.4, "files", *mark) else 0
    return [_filing(draw, company, day, index) for index in range(count)]


def _filing(draw: Draw, company: Company, day: date, index: int) -> Filing:
    mark = (company.symbol, day.isoformat(), index)
    # Acceptance from 06:00 to 22:00, most of it late in the afternoon.
    minute = int(360 + 960 * draw.unit("minute", *mark) ** 0.5)
    filed = datetime.combine(
        day, time(minute // 60, minute % 60, draw.integer(0, 59, *mark)), EASTERN
    )
    agent = draw.integer(1_000_000, 1_999_999, "agent", *mark)
    number = draw.digits(6, "number", *mark)
    return Filing(
        company=company,
        form=draw.pick(_FORMS, "form", *mark),
        filed=filed,
        reported=day - timedelta(days=draw.integer(0, 2, "reported", *mark)),
        accession=f"{agent:010d}-{day:%y}-{number}",
        size=draw.integer(3_000, 60_000, "size", *mark),
        owner=f"{draw.pick(_LAST, 'last', *mark)} {draw.pick(_FIRST, 'first', *mark)}",
        owner_cik=draw.integer(1_200_000, 2_050_000, "owner", *mark),
        title=draw.pick(_TITLES, "title", *mark),
        code=draw.pick(_CODES, "code", *mark),
        shares=draw.integer(100, 60_000, "shares", *mark),
        price=round(draw.between(20, 500, "price", company.symbol), 2),
    )
