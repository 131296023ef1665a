"""Another try: how many, how far apart, until when. All in virtual time."""

from __future__ import annotations

import pytest

from quanticity.clock import VirtualClock, run_virtual
from quanticity.config.schema.endpoint import RetryPolicy
from quanticity.errors import FetchError, RateLimited, TransportError, VendorRefused
from quanticity.feeds.retry import DEFAULTS, pause, persist
from quanticity.model import Priority

LOST = TransportError("lost")


def tries(
    policy: RetryPolicy,
    *errors: FetchError | None,
    deadline: float = 1e6,
) -> tuple[list[float], str]:
    """When each try after the first began (seconds after it), and how it ended."""

    async def main(clock: VirtualClock) -> tuple[list[float], str]:
        left, began = list(errors[1:]), clock.now()
        at: list[float] = []

        async def attempt() -> str:
            at.append(round(clock.now() - began, 6))
            error = left.pop(0) if len(left) > 1 else left[0]
            if error is not None:
                raise error
            return "value"

        first = errors[0]
        assert first is not None
        try:
            end = await persist(
                attempt,
                failure=first,
                policy=policy,
                deadline=began + deadline,
                clock=clock,
                counted=lambda: None,
            )
        except FetchError as error:
            end = str(error)
        return at, end

    return run_virtual(main)


def test_waits_grow_and_the_last_error_is_told() -> None:
    policy = RetryPolicy(attempts=5, base_seconds=1, max_seconds=5)
    assert tries(policy, LOST, LOST) == ([1, 3, 7, 12], "lost")


@pytest.mark.parametrize(
    ("backoff", "at"),
    [("linear", [2, 6, 12]), ("constant", [2, 4, 6]), ("none", [0, 0, 0])],
)
def test_other_ways_to_wait(backoff: str, at: list[float]) -> None:
    policy = RetryPolicy.model_validate({"attempts": 4, "backoff": backoff, "base_seconds": 2})
    assert tries(policy, LOST, LOST)[0] == at


def test_a_value_ends_it() -> None:
    assert tries(RetryPolicy(attempts=5, base_seconds=1), LOST, None) == ([1], "value")


def test_the_vendors_word_is_waited_for() -> None:
    policy = RetryPolicy(attempts=3, base_seconds=1)
    wait = RateLimited("wait", retry_after=20)
    assert tries(policy, wait, wait)[0] == [20, 40]


def test_retry_after_zero_does_not_burn_all_tries() -> None:
    policy = RetryPolicy(attempts=4, base_seconds=1)
    at_once = RateLimited("now", retry_after=0)
    assert tries(policy, at_once, at_once)[0] == [1, 3, 7]


def test_an_error_for_good_ends_it() -> None:
    assert tries(RetryPolicy(attempts=5, base_seconds=1), LOST, VendorRefused("no")) == ([1], "no")


def test_no_try_begins_after_the_next_run_is_due() -> None:
    policy = RetryPolicy(attempts=10, base_seconds=1, max_seconds=100)
    assert tries(policy, LOST, LOST, deadline=10) == ([1, 3, 7], "lost")
    assert tries(policy, RateLimited("wait", retry_after=60), LOST, deadline=10) == ([], "wait")


def test_one_attempt_means_no_further_try() -> None:
    assert tries(RetryPolicy(attempts=1), LOST, LOST) == ([], "lost")


def test_critical_feeds_try_more_often_and_sooner() -> None:
    attempts = [DEFAULTS[group].attempts for group in Priority]
    first_waits = [pause(DEFAULTS[group], 1, LOST) for group in Priority]
    assert attempts == sorted(attempts, reverse=True)
    assert first_waits == sorted(first_waits)
    assert (attempts[0], attempts[-1]) == (4, 2)
