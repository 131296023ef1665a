"""A fault of latency that is far too long: what waits for it has a bound."""

from __future__ import annotations

import pytest

from quanticity.sim.faults import catalog
from quanticity.sim.gateway.limits import Limits
from tests.sim.gateway.raw import Raw
from tests.sim.gateway.test_faults import faulty, struck, watching

_BOUND = 20_000


@faulty(limits=Limits(unread_bytes=_BOUND))
async def test_a_huge_latency_queued_messages_without_a_bound(gateway, clock):
    raw = await watching(gateway)
    struck(gateway, catalog.Latency(seconds=1e9))
    (channel,) = [session.channel for session in gateway.sessions]
    most = 0
    for _ in range(600):
        await clock.sleep(1)
        most = max(most, channel._late_bytes)
        if not channel.is_open:
            break
    assert _BOUND / 2 < most <= _BOUND
    assert gateway.counters.connections["cut off: too late"] == 1
    assert (channel._late_bytes, len(channel._late)) == (0, 0)
    with pytest.raises(ConnectionResetError):
        await raw.frame()
    assert gateway.client(9) is None
    assert not await (await Raw.started(gateway)).is_closed()


@faulty(limits=Limits(unread_bytes=_BOUND))
async def test_what_came_late_counts_no_more_once_it_was_sent(gateway, clock):
    raw = await watching(gateway)
    for _ in range(40):
        struck(gateway, catalog.Latency(seconds=10.0))
        assert await raw.frames(15) != []
    (session,) = gateway.sessions
    assert gateway.counters.connections["cut off: too late"] == 0
    assert gateway.counters.sent["tick by tick"] * 30 > 2 * _BOUND
    assert session.channel._late_bytes == sum(len(each) for _, each in session.channel._late)
