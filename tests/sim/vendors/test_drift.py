"""A drifted body is still of its format, and no longer of its shape."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.sim.vendors.drift import drifted

ROWS = {"data": [{"strike": "600", "price": "1.2"}, {"strike": "605", "price": "0.9"}], "page": 1}
FORMS = st.sampled_from(["rename", "remove", "retype"])
NAMES = st.text("abcdef", min_size=1, max_size=4)
WHOLE = st.integers(-(2**60), 2**60)
ROW = st.dictionaries(NAMES, WHOLE | st.text(), min_size=1)
BODIES = st.recursive(
    WHOLE | st.text() | ROW,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
)


def changed(form, about="/api/x", body=ROWS):
    return orjson.loads(drifted(orjson.dumps(body), form, about))


@pytest.mark.parametrize(
    ("form", "row"),
    [
        ("rename", {"strike_v2": "600", "price": "1.2"}),
        ("remove", {"price": "1.2"}),
        ("retype", {"strike": ["600"], "price": "1.2"}),
    ],
)
def test_one_field_changes_in_every_row(form, row):
    body = changed(form, "/api/stock/SPY")
    assert body["data"][0] == row
    assert {tuple(sorted(each)) for each in body["data"]} == {tuple(sorted(row))}
    assert body["page"] == 1


def test_the_first_column_of_a_table_and_the_first_element_of_xml_are_renamed():
    assert drifted(b"date,open\n2026-01-05,1\n", "rename", "/x") == b"date_v2,open\n2026-01-05,1\n"
    feed = b'<?xml version="1.0"?><feed a="1"><entry/><feedback/></feed>'
    assert drifted(feed, "remove", "/x") == (
        b'<?xml version="1.0"?><feed_v2 a="1"><entry/><feedback/></feed_v2>'
    )


@given(BODIES, FORMS, st.text(max_size=5))
def test_whatever_json_it_is_it_stays_json_changes_and_always_alike(body, form, about):
    raw = orjson.dumps(body)
    once = drifted(raw, form, about)
    assert orjson.loads(once) != body
    assert drifted(raw, form, about) == once
