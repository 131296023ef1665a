"""A clock at another pace."""

import asyncio
import time

import pytest

from quanticity.clock import ScaledClock


def test_it_begins_where_it_is_told_and_goes_at_its_pace():
    clock = ScaledClock(1000.0, 50)

    async def main() -> tuple[float, float]:
        began, mono = time.monotonic(), clock.monotonic()
        await clock.sleep(5)
        return clock.monotonic() - mono, time.monotonic() - began

    passed, real = asyncio.run(main())
    assert passed >= 5
    assert passed == pytest.approx(real * 50, rel=0.2)
    assert clock.now() == pytest.approx(1000 + clock.monotonic(), abs=1)


@pytest.mark.parametrize("scale", [0, -1, float("nan")])
def test_a_pace_that_is_none_is_refused(scale):
    with pytest.raises(ValueError, match="cannot go"):
        ScaledClock(0, scale)
