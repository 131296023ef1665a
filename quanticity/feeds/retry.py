"""Another try after a failure that may pass: how many, how far apart, and until when.

The first try of a run costs nothing here; tenacity takes over once it has failed. Every further
try takes a slot of its own, so that it waits for the budget like any other request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_any,
)
from tenacity.stop import stop_base

from quanticity.clock import Clock
from quanticity.config.schema.endpoint import RetryPolicy
from quanticity.errors import FetchError, RateLimited
from quanticity.model import Priority

T = TypeVar("T")

DEFAULTS = {
    Priority.CRITICAL: RetryPolicy(attempts=4, base_seconds=0.25, max_seconds=5),
    Priority.IMPORTANT: RetryPolicy(attempts=3, base_seconds=0.5, max_seconds=10),
    Priority.NICE_TO_HAVE: RetryPolicy(attempts=2, base_seconds=1, max_seconds=15),
    Priority.BACKGROUND: RetryPolicy(attempts=2, base_seconds=5, max_seconds=30),
}
"""Effort by group, where neither endpoint nor source has a `retry_policy`."""


def pause(policy: RetryPolicy, tries: int, error: BaseException | None) -> float:
    """Seconds before the next try, after `tries` that failed, the last with `error`.

    Where the vendor says how long to wait, that counts, but never less than the policy's own
    wait: a `Retry-After: 0` must not burn all tries at once.
    """
    if policy.backoff == "none":
        own = 0.0
    elif policy.backoff == "constant":
        own = policy.base_seconds
    elif policy.backoff == "linear":
        own = policy.base_seconds * tries
    else:
        own = policy.base_seconds * 2.0 ** (tries - 1)
    own = min(own, policy.max_seconds)
    told = error.retry_after if isinstance(error, RateLimited) else None
    return max(own, told or 0.0)


class _TooLate(stop_base):
    def __init__(
        self, wait: Callable[[RetryCallState], float], deadline: float, clock: Clock
    ) -> None:
        self._wait = wait
        self._deadline = deadline
        self._clock = clock

    def __call__(self, retry_state: RetryCallState) -> bool:
        return self._clock.now() + self._wait(retry_state) >= self._deadline


async def persist(
    attempt: Callable[[], Awaitable[T]],
    *,
    failure: FetchError,
    policy: RetryPolicy,
    deadline: float,
    clock: Clock,
    counted: Callable[[], None],
) -> T:
    """Go on after the first try ended with `failure`; returns what a later `attempt` brings.

    Gives up, with the last error, after the policy's tries, at the first error that another try
    would not help, or where the next try would begin after `deadline` (epoch seconds): the next
    run is due then. `counted` is called before each further try.
    """
    pending: FetchError | None = failure

    async def once() -> T:
        nonlocal pending
        if pending is not None:
            error, pending = pending, None
            raise error
        counted()
        return await attempt()

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return pause(policy, state.attempt_number, error)

    return await AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, FetchError) and error.retryable),
        stop=stop_any(stop_after_attempt(policy.attempts), _TooLate(wait, deadline, clock)),
        wait=wait,
        sleep=clock.sleep,
        reraise=True,
    )(once)
