import pytest

from quanticity.config.catalogue import dotenv_example, feeds_catalogue, span
from quanticity.config.effective import resolve
from quanticity.config.schema import Root
from quanticity.config.secrets import Secrets


def test_a_feed_tells_what_it_gives_when_and_where():
    quote = {
        "description": "Last | best price",
        "units": "USD",
        "path": "/{symbol}",
        "symbols": ["SPY", "QQQ"],
        "interval_seconds": 90,
        "redis_key": "raw:q:{symbol}",
        "ttl_seconds": 3600,
        "priority": "critical",
    }
    source = {
        "description": "A vendor",
        "enabled": False,
        "base_url": "https://x",
        "auth": {"type": "bearer", "token_env": "T"},
        "rate_limits": {"requests_per_minute": 120, "buffer": 10, "max_in_flight": 3},
        "terms": "Ask first",
        "endpoints": {"quote": quote},
    }
    page = feeds_catalogue(
        resolve(Root.model_validate({"data_sources": {"v": source}}), Secrets({"T": "hidden-x"}))
    )
    assert (
        "| `quote` | Last \\| best price | critical | 90 s | 1 h | `raw:q:{symbol}` (2 symbols) |"
        in page
    )
    assert "- Limits: 120 less 10 in a minute" in page
    assert "- Key: `T`; off until set" in page
    assert "- Off by default" in page
    assert "- Terms: Ask first" in page
    assert "- `quote`: USD" in page
    assert "hidden-x" not in page


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "5 s"), (0.5, "0.5 s"), (120, "2 min"), (5400, "90 min"), (86400, "1 d")],
)
def test_a_span_is_told_in_its_largest_whole_unit(seconds, words):
    assert span(seconds) == words


def test_the_example_names_each_variable_once():
    sources = {
        name: {
            "description": f"Vendor {name}",
            "base_url": "https://x",
            "auth": {"type": "bearer", "token_env": variable},
        }
        for name, variable in (("a", "A_KEY"), ("b", "B_KEY"), ("c", "A_KEY"))
    }
    text = dotenv_example(resolve(Root.model_validate({"data_sources": sources}), Secrets({})))
    assert [line for line in text.splitlines() if "=" in line] == [
        *("A_KEY=", "B_KEY="),
        "REDIS_URL=",
    ]
    assert "# Vendor a" in text
