"""What each vendor says when it says no, through the real engine: the named error, and the wait."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from quanticity.errors import FetchError, RateLimited, VendorRefused
from quanticity.feeds.call import Call
from quanticity.feeds.classify import NothingThere
from quanticity.feeds.feed import Feed
from quanticity.feeds.fetch import Fetcher
from quanticity.feeds.stats import FeedStats
from quanticity.pace.ports import Word
from quanticity.sim.vendors.limits import VendorLimits
from tests.sim.vendors.asking import eastern
from tests.sim.vendors.engine import Engine, with_engine

SHUT = VendorLimits(windows=((0, 60.0),))
SPENT = VendorLimits(windows=((100, 60.0),), per_day=0, day_resets_at=0)


@dataclass(frozen=True)
class Refusal:
    error: FetchError
    words: list[Word]
    scrubbed: str


async def refused(engine: Engine, feed: Feed) -> Refusal:
    recipe, now = feed.recipe, feed.recipe.around.clock.now()
    with pytest.raises(FetchError) as caught:
        # The deadline has passed: one try, no retry.
        await Fetcher(recipe, engine.lane(feed), FeedStats(), now).body(
            Call(recipe, feed.values), now
        )
    return Refusal(caught.value, engine.words, str(caught.value))


def refusal(endpoint: str, limits: Mapping[str, VendorLimits] | None = None, **options) -> Refusal:
    async def talk(engine: Engine) -> Refusal:
        return await refused(engine, engine.of(endpoint)[0])

    return with_engine(talk, limits=limits, **options)


@pytest.mark.parametrize(
    ("endpoint", "vendor", "limits", "says"),
    [
        ("alpha_vantage.cpi", "alpha_vantage", SPENT, "requests per day"),
        ("alpha_vantage.cpi", "alpha_vantage", SHUT, "calls per minute"),
        ("fmp.treasury_rates", "fmp", SPENT, "Limit Reach"),
        ("bls_data.series", "bls_data", SPENT, "daily threshold"),
    ],
)
def test_a_limit_that_hides_in_a_body_stops_the_budget(endpoint, vendor, limits, says):
    found = refusal(endpoint, {vendor: limits})
    assert isinstance(found.error, RateLimited)
    assert says in str(found.error)
    assert any(word.until_day_reset == (limits is SPENT) for word in found.words)


@pytest.mark.parametrize(
    ("endpoint", "vendor"),
    [
        ("fred.release_dates", "fred"),
        ("nasdaq.earnings", "nasdaq"),
        ("cboe.quotes", "cboe"),
        ("treasury.upcoming_auctions", "treasury"),
        ("finra.short_volume", "finra"),
        ("fed.calendar", "fed"),
    ],
)
def test_a_429_makes_the_budget_wait(endpoint, vendor):
    found = refusal(endpoint, {vendor: SHUT})
    assert isinstance(found.error, RateLimited)
    assert found.error.status == 429
    assert any(word.wait for word in found.words)


def test_edgars_page_of_a_shut_door_is_a_limit_of_ten_minutes():
    found = refusal("sec_edgar.form4_latest", {"sec_edgar": SHUT})
    assert isinstance(found.error, RateLimited)
    assert found.error.status == 403
    assert found.words[0].wait == 600


def test_the_key_that_alpha_vantage_repeats_is_in_no_error():
    found = refusal("alpha_vantage.cpi", {"alpha_vantage": SPENT})
    assert "detected your API key as" in found.scrubbed
    assert "simulated" not in found.scrubbed


def test_a_day_whose_file_is_not_out_yet_is_refused_and_not_asked_for_again_at_once():
    found = refusal("finra.short_volume", at=eastern("2026-01-05 16:30"))
    assert isinstance(found.error, VendorRefused)
    assert found.error.status == 403
    assert not found.error.retryable


def test_nobody_is_known_who_leaves_no_address():
    async def talk(engine: Engine) -> list[int]:
        urls = (
            "https://www.sec.gov/cgi-bin/browse-edgar?action=getcurrent&output=atom",
            "https://www.bls.gov/schedule/news_release/bls.ics",
        )
        return [(await engine.get(url)).status for url in urls]

    assert with_engine(talk) == [403, 403]


def test_a_past_chain_of_a_day_without_trading_is_no_failure():
    async def talk(engine: Engine) -> FetchError:
        feed = engine.of("alpha_vantage.historical_options")[0]
        params = {**feed.recipe.spec.params, "date": "2026-01-04"}
        url = "https://www.alphavantage.co/query"
        reply = await engine.get(url, params={**params, "symbol": "SPY", "apikey": "key"})
        verdict = feed.recipe.classifier.of_body(reply.json())
        assert verdict is not None
        return verdict.error

    assert isinstance(with_engine(talk), NothingThere)
