from __future__ import annotations

from typing import Any

from tests.transforms.asking import ask
from transforms.sec_form4 import sec_form4

ACCESSION = "0001127602-26-001234"


def entry(title: str, accession: str = ACCESSION) -> dict[str, Any]:
    return {
        "title": title,
        "link": {"@rel": "alternate", "@href": f"https://example.org/{accession}-index.htm"},
        "summary": {"@type": "html", "#text": f"<b>AccNo:</b> {accession}"},
        "updated": "2026-01-05T10:00:00-05:00",
        "category": {"@label": "form type", "@term": "4"},
        "id": f"urn:tag:sec.gov,2008:accession-number={accession}",
    }


def test_insider_and_company_become_one_filing() -> None:
    (row,) = ask(
        sec_form4,
        [
            entry("4 - KRESS COLETTE (0001234567) (Reporting)"),
            entry("4 - NVIDIA CORP (0001045810) (Issuer)"),
        ],
    )["rows"]
    assert row["accession"] == ACCESSION
    assert row["filed"] == 1_767_625_200.0
    assert row["issuer"] == {"name": "NVIDIA CORP", "cik": "0001045810"}
    assert row["owners"] == [{"name": "KRESS COLETTE", "cik": "0001234567"}]
    assert row["url"].endswith("-index.htm")


def test_forms_that_only_begin_with_a_4_are_left_out() -> None:
    entries = [entry("424B2 - BANK (0000000001) (Filer)"), entry("40-F - X (0000000002) (Issuer)")]
    assert ask(sec_form4, entries)["rows"] == []


def test_half_of_a_filing_is_still_one() -> None:
    (row,) = ask(sec_form4, [entry("4/A - DOE (JANE) (0000000003) (Reporting)")])["rows"]
    assert row["issuer"] is None
    assert row["owners"][0]["name"] == "DOE (JANE)"


def test_nothing_filed_is_no_rows() -> None:
    assert ask(sec_form4, [])["rows"] == []
