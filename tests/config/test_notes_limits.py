import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.notes_limits import candidates, limits_of, shared_window, target_of
from quanticity.config.schema import RateLimits, Root
from quanticity.config.schema.limits import RateLimitConfig
from quanticity.model import Priority

LISTS = {Priority.CRITICAL: ("spot_gex",), Priority.IMPORTANT: ()}


def root(*shares, source=None):
    sources = {
        f"s{n}": {
            "base_url": "https://x",
            "rate_limits": {"shares": {"critical": 1} if has else {}},
        }
        for n, has in enumerate(shares)
    }
    return Root.model_validate(
        {"data_sources": sources, "rate_limit_config": {"source": source, "buffer": 1}}
    )


def test_the_notes_own_figures_give_the_notes_own_shares():
    notes = RateLimitConfig(max_requests_per_minute=120, buffer=10, priority_groups=LISTS)
    limits = limits_of(notes, RateLimits(requests_per_minute=120))
    assert limits.shares == {"critical": 60, "important": 40, "nice_to_have": 10}
    assert [(one.limit, one.seconds, one.buffer) for one in limits.all_windows()] == [(120, 60, 10)]


@given(st.integers(2, 2000), st.integers(0, 200))
def test_default_shares_never_exceed_what_can_be_used(limit, buffer):
    notes = RateLimitConfig(max_requests_per_minute=limit, buffer=buffer, priority_groups=LISTS)
    limits = limits_of(notes, RateLimits())
    window = shared_window(limits)
    assert window is not None
    assert sum(limits.shares.values()) <= window.usable


def test_the_tighter_of_two_limits_counts():
    notes = RateLimitConfig(max_requests_per_minute=120, buffer=10)
    limits = limits_of(notes, RateLimits(requests_per_minute=90, buffer=20))
    assert (limits.requests_per_minute, limits.buffer) == (90, 20)


def test_shares_given_as_figures_stand():
    notes = RateLimitConfig(max_requests_per_minute=60, priority_groups={Priority.CRITICAL: 30})
    assert limits_of(notes, RateLimits()).shares == {Priority.CRITICAL: 30}


def test_a_sources_own_shares_stand():
    notes = RateLimitConfig(max_requests_per_minute=60, priority_groups=LISTS)
    own = RateLimits(requests_per_minute=60, shares={Priority.CRITICAL: 5})
    assert limits_of(notes, own).shares == {Priority.CRITICAL: 5}


@pytest.mark.parametrize(
    ("shares", "source", "meant"),
    [
        ((False,), None, "s0"),
        ((True, False), None, "s1"),
        ((False, False), None, None),
        ((False, False), "s1", "s1"),
        ((True,), None, None),
        ((False,), "none", None),
    ],
)
def test_the_block_means_the_only_source_without_shares_or_the_one_it_names(shares, source, meant):
    assert target_of(root(*shares, source=source)) == meant


def test_without_the_block_nothing_is_meant():
    assert candidates(Root()) == []
