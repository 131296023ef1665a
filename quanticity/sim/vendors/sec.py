"""SEC EDGAR: submissions by company, the current filings, and form 4 documents.

No key, but a name and an e-mail address in the User-Agent, and ten requests a second over all
hosts together; whoever asks faster is shut out for ten minutes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from xml.sax.saxutils import escape

from quanticity.clock import EASTERN
from quanticity.config.secrets import SIMULATED
from quanticity.sim.market import World
from quanticity.sim.vendors.companies import BY_CIK, COMPANIES
from quanticity.sim.vendors.draw import Draw
from quanticity.sim.vendors.filings import Filing, filings_of, filings_on
from quanticity.sim.vendors.limits import Over, Usage, VendorLimits
from quanticity.sim.vendors.vendor import Answer, Param, Request, Route, Vendor

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.\w+")
_SHUT_OUT = 600.0
_RECENT_DAYS = 120
_DATA, _WWW, _SEARCH = "data.sec.gov", "www.sec.gov", "efts.sec.gov"


class SecEdgar(Vendor):
    """`data.sec.gov`, `www.sec.gov` and `efts.sec.gov`."""

    name: ClassVar[str] = "sec_edgar"
    hosts: ClassVar[Mapping[str, str]] = {
        _DATA: "sec_data",
        _WWW: "sec_www",
        _SEARCH: "sec_search",
    }
    limits: ClassVar[VendorLimits] = VendorLimits(windows=((10, 1.0),))

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._shut_until = 0.0

    def routes(self) -> Sequence[Route]:
        """What is asked on each host."""
        current = (
            Param("action", required=True, choices=("getcurrent", "getcompany")),
            Param("CIK"),
            Param("type", default=""),
            Param("owner", choices=("include", "exclude", "only"), default="exclude"),
            Param("count", "int", default=40, minimum=1),
            Param("start", "int", default=0, minimum=0),
            Param("output", default=""),
        )
        search = (
            Param("q", default=""),
            Param("forms", default=""),
            Param("ciks", default=""),
            Param("startdt", "date"),
            Param("enddt", "date"),
            Param("from", "int", default=0, minimum=0),
        )
        return [
            Route("/submissions/{file}", self.submissions, host=_DATA),
            Route("/cgi-bin/browse-edgar", self.browse, current, host=_WWW),
            Route("/Archives/edgar/data/{cik}/{accession}/{file}", self.document, host=_WWW),
            Route("/LATEST/search-index", self.search, search, host=_SEARCH),
        ]

    def refuse(self, request: Request) -> Answer | None:
        """403 pages: no address in the User-Agent, or too fast in the last ten minutes."""
        if request.now < self._shut_until:
            return _page(
                "SEC.gov | Request Rate Threshold Exceeded",
                "You've exceeded the SEC's traffic limit. Your access will be restored after 10 "
                "minutes of fewer requests.",
            )
        agent = request.header("User-Agent")
        if agent != SIMULATED and not _ADDRESS.search(agent):
            return _page(
                "SEC.gov | Your Request Originates from an Undeclared Automated Tool",
                "Please declare your traffic by updating your user agent to include company "
                "specific information.",
            )
        return None

    def limited(self, over: Over, usage: Usage, request: Request) -> Answer:
        """The door closes for ten minutes."""
        self._shut_until = request.now + _SHUT_OUT
        refused = self.refuse(request)
        assert refused is not None  # noqa: S101 - it has just been shut
        return refused

    def no_route(self, request: Request) -> Answer:
        """S3's denial on the data host, a page elsewhere."""
        if request.host == _DATA:
            body = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchKey</Code></Error>'
            return Answer.text(body, 404, "application/xml")
        return Answer.text("<html><title>404 Not Found</title></html>", 404, "text/html")

    def submissions(self, request: Request) -> Answer:
        """`CIK##########.json`: who the company is, and its recent filings as columns."""
        match = re.fullmatch(r"CIK(\d{10})\.json", request.values["file"])
        company = BY_CIK.get(int(match[1])) if match else None
        if company is None:
            return self.no_route(request)
        local = datetime.fromtimestamp(request.now, EASTERN)
        first = local.date() - timedelta(days=_RECENT_DAYS)
        filings = filings_of(Draw(self.world.seed), company, first, local)
        return Answer.json(
            {
                "cik": f"{company.cik:010d}",
                "entityType": "operating",
                "sic": "3571",
                "sicDescription": "Electronic Computers",
                "insiderTransactionForOwnerExists": 0,
                "insiderTransactionForIssuerExists": 1,
                "name": company.name,
                "tickers": [company.symbol],
                "exchanges": ["Nasdaq" if len(company.symbol) > 3 else "NYSE"],
                "ein": f"{company.cik:09d}",
                "category": "Large accelerated filer",
                "fiscalYearEnd": "1231",
                "stateOfIncorporation": "DE",
                "phone": "(000) 000-0000",
                "flags": "",
                "formerNames": [],
                "filings": {"recent": _columns(filings), "files": []},
            }
        )

    def browse(self, request: Request) -> Answer:
        """Atom feed of the latest filings; `type` is a prefix, so 4 brings 424B2 too."""
        asked = request.values
        if asked["output"] != "atom":
            return Answer.text("<html><title>EDGAR Search Results</title></html>", 200, "text/html")
        local = datetime.fromtimestamp(request.now, EASTERN)
        draw = Draw(self.world.seed)
        if asked["action"] == "getcompany":
            digits = re.sub(r"\D", "", asked["CIK"] or "")
            company = BY_CIK.get(int(digits or 0)) or COMPANIES.get(asked["CIK"] or "")
            found = (
                filings_of(draw, company, local.date() - timedelta(days=_RECENT_DAYS), local)
                if company
                else []
            )
        else:
            days = [local.date() - timedelta(days=back) for back in range(4)]
            found = [f for day in days for f in filings_on(draw, day, local)]
        found = [f for f in found if f.form.startswith(asked["type"])]
        if asked["owner"] == "exclude":
            found = [f for f in found if f.form not in ("3", "4", "5")]
        if asked["owner"] == "only":
            found = [f for f in found if f.form in ("3", "4", "5")]
        part = found[asked["start"] : asked["start"] + asked["count"]]
        entries = "".join(entry for filing in part for entry in _entries(filing))
        body = (
            '<?xml version="1.0" encoding="ISO-8859-1" ?>\n'
            '<feed xmlns="http://www.w3.org/2005/Atom">\n'
            f"<title>Latest Filings - {local:%a, %d %b %Y %H:%M:%S} EST</title>\n"
            '<link rel="alternate" href="/cgi-bin/browse-edgar?action=getcurrent"/>\n'
            "<id>https://www.sec.gov/cgi-bin/browse-edgar?action=getcurrent</id>\n"
            "<author><name>Webmaster</name><email>webmaster@sec.gov</email></author>\n"
            f"<updated>{local.isoformat(timespec='seconds')}</updated>\n{entries}</feed>\n"
        )
        return Answer(body.encode("latin-1", "xmlcharrefreplace"), 200, "application/atom+xml")

    def search(self, request: Request) -> Answer:
        """Full-text search as it answers: hits of an index, newest first."""
        asked = request.values
        local = datetime.fromtimestamp(request.now, EASTERN)
        last = min(asked["enddt"] or local.date(), local.date())
        first = max(asked["startdt"] or last - timedelta(days=3), last - timedelta(days=30))
        forms = [form for form in asked["forms"].split(",") if form]
        ciks = [int(cik) for cik in asked["ciks"].split(",") if cik.isdigit()]
        words = asked["q"].strip('"').casefold()
        draw = Draw(self.world.seed)
        days = [last - timedelta(days=back) for back in range((last - first).days + 1)]
        found = [
            filing
            for day in days
            for filing in filings_on(draw, day, local)
            if (not forms or filing.form in forms)
            and (not ciks or filing.company.cik in ciks)
            and words in f"{filing.company.name} {filing.owner}".casefold()
        ]
        part = found[asked["from"] : asked["from"] + 100]
        return Answer.json(
            {
                "took": 40,
                "timed_out": False,
                "_shards": {"total": 50, "successful": 50, "skipped": 0, "failed": 0},
                "hits": {
                    "total": {"value": len(found), "relation": "eq"},
                    "max_score": None,
                    "hits": [_hit(filing) for filing in part],
                },
            }
        )

    def document(self, request: Request) -> Answer:
        """The ownership document of a form 4."""
        accession = request.values["accession"]
        company = BY_CIK.get(int(re.sub(r"\D", "", request.values["cik"]) or 0))
        local = datetime.fromtimestamp(request.now, EASTERN)
        known = (
            filings_of(Draw(self.world.seed), company, local.date() - timedelta(365), local)
            if company
            else []
        )
        for filing in known:
            if filing.folder == accession and filing.form == "4":
                return Answer.text(filing.ownership_document(), 200, "application/xml")
        return self.no_route(request)


def _page(title: str, text: str) -> Answer:
    body = f"<html><head><title>{title}</title></head><body><p>{text}</p></body></html>"
    return Answer.text(body, 403, "text/html")


def _columns(filings: Sequence[Filing]) -> dict[str, list[Any]]:
    return {
        "accessionNumber": [f.accession for f in filings],
        "filingDate": [f.filed.date().isoformat() for f in filings],
        "reportDate": [f.reported.isoformat() for f in filings],
        "acceptanceDateTime": [f.accepted for f in filings],
        "act": ["" if f.form == "4" else "34" for f in filings],
        "form": [f.form for f in filings],
        "fileNumber": ["" for _ in filings],
        "filmNumber": ["" for _ in filings],
        "items": ["2.02,9.01" if f.form == "8-K" else "" for f in filings],
        "size": [f.size for f in filings],
        "isXBRL": [0 if f.form == "4" else 1 for f in filings],
        "isInlineXBRL": [0 if f.form == "4" else 1 for f in filings],
        "primaryDocument": [f.document for f in filings],
        "primaryDocDescription": [f.description for f in filings],
    }


def _entries(filing: Filing) -> list[str]:
    parties = [(filing.company.name.upper(), filing.company.cik, "Issuer")]
    if filing.form == "4":
        parties.insert(0, (filing.owner, filing.owner_cik, "Reporting"))
    else:
        parties = [(filing.company.name.upper(), filing.company.cik, "Filer")]
    summary = (
        f"\n &lt;b&gt;Filed:&lt;/b&gt; {filing.filed:%Y-%m-%d} &lt;b&gt;AccNo:&lt;/b&gt; "
        f"{filing.accession} &lt;b&gt;Size:&lt;/b&gt; {filing.size // 1024} KB\n"
    )
    return [
        "<entry>\n"
        f"<title>{filing.form} - {escape(name)} ({cik:010d}) ({role})</title>\n"
        '<link rel="alternate" type="text/html" href="https://www.sec.gov/Archives/edgar/data/'
        f'{cik}/{filing.folder}/{filing.accession}-index.htm"/>\n'
        f'<summary type="html">{summary}</summary>\n'
        f"<updated>{filing.filed.isoformat(timespec='seconds')}</updated>\n"
        '<category scheme="https://www.sec.gov/" label="form type" '
        f'term="{filing.form}"/>\n'
        f"<id>urn:tag:sec.gov,2008:accession-number={filing.accession}</id>\n</entry>\n"
        for name, cik, role in parties
    ]


def _hit(filing: Filing) -> dict[str, Any]:
    names = [f"{filing.company.name} ({filing.company.symbol}) (CIK {filing.company.cik:010d})"]
    ciks = [f"{filing.company.cik:010d}"]
    if filing.form == "4":
        names.insert(0, f"{filing.owner} (CIK {filing.owner_cik:010d})")
        ciks.insert(0, f"{filing.owner_cik:010d}")
    return {
        "_index": "edgar_file",
        "_id": f"{filing.accession}:{filing.document.rpartition('/')[2]}",
        "_score": None,
        "_source": {
            "ciks": ciks,
            "period_ending": filing.reported.isoformat(),
            "file_num": [],
            "display_names": names,
            "root_forms": [filing.form],
            "file_date": filing.filed.date().isoformat(),
            "form": filing.form,
            "adsh": filing.accession,
            "file_type": filing.form,
            "sequence": 1,
        },
        "sort": [
            int(datetime.combine(filing.filed.date(), datetime.min.time(), EASTERN).timestamp())
            * 1000
        ],
    }
