"""Which recorded values a run can still be given."""

from __future__ import annotations

import pytest

from quanticity.journal.records import Value
from quanticity.replay.values import Missing, Values
from quanticity.store import envelope
from tests.journal.recordings import a_write
from tests.runtime.plain import Double, bound

KEY = "raw:price:SPY"


def price(seq: str, after: str = "") -> Value:
    text = envelope.encode(a_write(KEY, b'{"p":%d}' % int(seq.partition("-")[0])), seq)
    return Value(seq, KEY, "latest", 0.0 if after else 60.0, 10_000, text, after)


def seen(values: Values, seq: str) -> int:
    found: int = values.views(bound(Double), {KEY: [seq]})["price"].data["p"]
    return found


def test_a_value_that_a_worker_told_again_a_minute_later_was_taken_for_missing() -> None:
    values = Values()
    values.add(price("1000-0"))
    for later in (1100, 70_000, 140_000, 300_000):
        values.add(price("1000-0", f"{later}-0"))
        assert seen(values, "1000-0") == 1000


def test_a_value_told_again_supersedes_no_newer_one() -> None:
    values = Values()
    values.add(price("1000-0"))
    values.add(price("90000-0"))
    values.add(price("1000-0", "90001-0"))
    values.add(price("1000-0", "200000-0"))
    assert seen(values, "90000-0") == 90000


def test_a_superseded_value_is_kept_for_a_minute_and_no_longer() -> None:
    values = Values()
    for seq in ("1000-0", "2000-0", "3000-0", "61500-0"):
        values.add(price(seq))
    assert seen(values, "2000-0") == 2000
    values.add(price("70000-0"))
    with pytest.raises(Missing, match="raw:price:SPY of seq 1000-0"):
        seen(values, "1000-0")
    assert seen(values, "61500-0") == 61500


def test_a_body_that_ended_in_a_new_line_was_taken_for_changed() -> None:
    text = envelope.encode(a_write(KEY, b'\n{"p": 7} \r\n'), "7-0")
    values = Values()
    values.add(Value("7-0", KEY, "latest", 60.0, 10_000, text))
    assert seen(values, "7-0") == 7


def test_a_value_whose_data_changed_since_is_refused() -> None:
    text = envelope.encode(a_write(KEY, b'{"p":7}'), "7-0").replace(b'{"p":7}', b'{"p":8}')
    with pytest.raises(ValueError, match="not what it was"):
        Values().add(Value("7-0", KEY, "latest", 60.0, 10_000, text))
