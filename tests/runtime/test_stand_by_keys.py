"""Aggregates that fall back on a plugin's key: a key that no plugin has is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runtime.test_wanted import whole

FAILOVER = """\
aggregates:
  quote:
    method: failover
    sources: [vendor.chain, {source}]
    redis_key: "quote:{{symbol}}"
    {reads}
"""


@pytest.mark.parametrize(
    ("source", "key", "said"),
    [
        ("own.first", "analytics:first:{symbol}", None),
        (
            "own.first",
            "analytics:frist:{symbol}",
            ":17:25: warning: nothing writes analytics:frist:{symbol}: 'own.first' can never stand",
        ),
        (
            "own.first",
            "",
            ":15:29: warning: nothing writes raw:own:first:{symbol}: 'own.first' can never stand",
        ),
    ],
)
def test_a_failover_to_a_key_that_nobody_writes_was_not_told(
    tmp_path: Path, source: str, key: str, said: str | None
):
    reads = f"reads: {{own.first: {{key: '{key}'}}}}" if key else ""
    found = whole(tmp_path, FAILOVER.format(source=source, reads=reads))
    told = [str(one) for one in found.problems if "nothing writes" in str(one)]
    assert len(told) == (said is not None)
    assert all(said is not None and said in one for one in told), told


def test_one_that_is_off_could_write_it(tmp_path: Path):
    reads = "reads: {own.first: {key: 'analytics:first:{symbol}'}}"
    off = "components: {first: {enabled: false}}\n"
    found = whole(tmp_path, FAILOVER.format(source="own.first", reads=reads) + off)
    assert not [one for one in found.problems if "nothing writes" in one.message]
