from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.clock import EASTERN
from quanticity.parse import OptionSymbol, day, moment, number, option_symbol, rows

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.0100", 0.01),
        ("-1.5e3", -1500.0),
        ("$1,204.50", 1204.5),
        ("($0.10)", -0.10),
        ("-$2.50", -2.5),
        ("5.25%", 5.25),
        ("197K", 197_000.0),
        ("1.2M", 1_200_000.0),
        ("$3.5B", 3.5e9),
        (" 7 ", 7.0),
        ("+4", 4.0),
        (".5", 0.5),
        (3, 3.0),
        (2.5, 2.5),
    ],
)
def test_numbers_as_vendors_write_them(text: Any, value: float) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "N/A",
            "NA",
            "null",
            "None",
            ".",
            "-",
            "--",
            "&nbsp;",
            "nan",
            "inf",
            "-Infinity",
        ),
        *("1_000", "12:30", "2026-01-05", "1,2,3", "$", "%", "K", "()", None, True, False, [], {}),
        10**400,
    ],
)
def test_what_is_no_number_is_none(text: Any) -> None:
    assert number(text) is None


@given(ANYTHING)
def test_nothing_that_a_vendor_sends_raises(given_: Any) -> None:
    found = number(given_)
    assert found is None or found - found == 0
    assert isinstance(moment(given_), float | None)
    assert isinstance(day(given_), str | None)
    assert isinstance(option_symbol(given_), OptionSymbol | None)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_written_as_text_reads_as_itself(value: float) -> None:
    assert number(str(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05T15:00:00Z",
        "2026-01-05T15:00:00.000000Z",
        "2026-01-05T10:00:00-05:00",
        "2026-01-05T10:00:00-0500",
        "2026-01-05 15:00:00",
        "2026-01-05T15:00",
        "20260105T150000",
        "20260105T1500",
        1_767_625_200,
        1_767_625_200.0,
        1_767_625_200_000,
        1_767_625_200_000_000,
        1_767_625_200_000_000_000,
        "1767625200000",
    ],
)
def test_moments_as_vendors_write_them(text: Any) -> None:
    assert moment(text) == 1_767_625_200.0


def test_a_time_without_a_zone_is_where_it_is_said_to_be() -> None:
    assert moment("2026-01-05 10:00", "America/New_York") == 1_767_625_200.0
    with pytest.raises(ValueError, match="no time zone 'Mars/North'"):
        moment("2026-01-05 10:00", "Mars/North")


@pytest.mark.parametrize(
    "text",
    ["2026-01-05", "15:00", "postmarket", "", "2026-13-05T15:00:00Z", 42, 20260105, 10**400, None],
)
def test_what_is_no_moment_is_none(text: Any) -> None:
    assert moment(text) is None


@given(st.datetimes(datetime(2002, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_iso_moments_come_back(at: datetime) -> None:
    text = at.isoformat().replace("+00:00", "Z")
    assert moment(text) == pytest.approx(at.timestamp(), abs=1e-6)
    local = at.astimezone(EASTERN)
    assert moment(local.isoformat()) == pytest.approx(at.timestamp(), abs=1e-6)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-01-05", "2026-01-05"),
        ("1/5/2026", "2026-01-05"),
        ("20260105", "2026-01-05"),
        (" 01/05/2026 ", "2026-01-05"),
        ("2099-99-99", None),
        ("2026-02-30", None),
        ("N/A", None),
        (20260105, None),
    ],
)
def test_days(text: Any, found: str | None) -> None:
    assert day(text) == found


def test_rows_are_found_or_their_absence_is_told() -> None:
    assert rows({"data": [{"a": 1}, None, 3]}) == [{"a": 1}]
    assert rows([{"a": 1}]) == [{"a": 1}]
    assert rows({"rows": None}, "rows") == []
    bodies: list[Any] = [{}, {"data": {}}, "x", None]
    for body in bodies:
        with pytest.raises(ValueError, match="no list 'data'"):
            rows(body)


@pytest.mark.parametrize(
    ("text", "root", "underlying", "adjusted"),
    [
        ("AAPL261016C00340000", "AAPL", "AAPL", False),
        ("AAPL  261016C00340000", "AAPL", "AAPL", False),
        ("O:AAPL261016C00340000", "AAPL", "AAPL", False),
        ("aapl261016c00340000", "AAPL", "AAPL", False),
        ("SPXW  261016C00340000", "SPXW", "SPX", False),
        ("AAPL1 261016C00340000", "AAPL1", "AAPL", True),
        ("2GOOG261016C00340000", "2GOOG", "GOOG", True),
        ("BRK.B261016C00340000", "BRK.B", "BRK.B", False),
        ("F261016C00340000", "F", "F", False),
    ],
)
def test_option_symbols(text: str, root: str, underlying: str, adjusted: bool) -> None:
    found = option_symbol(text)
    assert found is not None
    assert (found.root, found.underlying, found.adjusted) == (root, underlying, adjusted)
    assert (found.expiry, found.right, found.strike) == ("2026-10-16", "C", 340.0)
    assert len(found.padded) == 21


@pytest.mark.parametrize(
    "text",
    [
        *("XXYYZZ999999C00020000", "AAPL261316C00340000", "AAPL261016X00340000", "AAPL", "", None),
        *("261016C00340000", "1234261016C00340000", "TOOLONG261016C00340000", 7),
    ],
)
def test_what_names_no_option_is_none(text: Any) -> None:
    assert option_symbol(text) is None


@given(
    st.from_regex(r"\A[A-Z]{1,5}[0-9]?\Z"),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.sampled_from("CP"),
    st.integers(0, 99_999_999),
)
def test_option_symbols_come_back(root: str, expiry: date, right: str, thousandths: int) -> None:
    text = f"{root}{expiry:%y%m%d}{right}{thousandths:08}"
    found = option_symbol(text)
    assert found is not None
    assert found.compact == text
    assert option_symbol(found.padded) == found
    assert found.strike * 1000 == pytest.approx(thousandths)
