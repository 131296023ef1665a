from __future__ import annotations

import random

import pytest

from quanticity.config.schema.websocket import Heartbeat
from quanticity.errors import TransportError
from quanticity.feeds.pulse import Pulse, strictest


def lived(beat: Heartbeat, heard: list[float], until: float) -> tuple[list[float], float | None]:
    """When pings went out of a connection that heard something then, and when it was given up."""
    pulse, now, pings = Pulse(0.0), 0.0, list[float]()
    while now < until:
        last = max((at for at in heard if at <= now), default=0.0)
        try:
            if pulse.wants_ping(beat, last, now):
                pings.append(now)
        except TransportError:
            return pings, now
        now += pulse.pause(beat, last, now)
    return pings, None


@pytest.mark.parametrize("always", [True, False], ids=["always", "after a silence"])
def test_over_random_frames_pings_come_when_they_should_and_only_the_dead_is_given_up(
    always: bool,
) -> None:
    for seed in range(200):
        rng = random.Random(seed)
        interval, timeout = rng.uniform(2, 30), rng.uniform(2, 30)
        beat = Heartbeat(interval_seconds=interval, timeout_seconds=timeout, always=always)
        dies = rng.uniform(50, 200)
        heard, at = list[float](), 0.0
        while at < dies:
            heard.append(at)
            at += rng.uniform(0.1, 0.9 * (interval + timeout))
        pings, ended = lived(beat, heard, 1000.0)
        last = heard[-1]
        # Moments that lie close together are looked at as one.
        assert ended is not None
        assert last + timeout <= ended <= last + interval + timeout + 2.5
        if always:
            # Who gives no answer to pings is not dead for that.
            assert ended >= last + interval + timeout
            gaps = [b - a for a, b in zip([0.0, *pings], pings, strict=False)]
            assert max(gaps) <= interval + 0.02
            assert min(gaps) >= interval - 1e-6
        else:
            for ping in pings:
                before = max(one for one in heard if one <= ping)
                assert ping - before >= interval - 1e-6


def test_of_the_feeds_of_a_connection_the_one_that_must_always_ping_decides() -> None:
    always = Heartbeat(interval_seconds=60, always=True)
    assert strictest([Heartbeat(interval_seconds=5), always]) == always
    assert strictest([Heartbeat(interval_seconds=5), Heartbeat()]).interval_seconds == 5
    assert strictest([]) == Heartbeat()
