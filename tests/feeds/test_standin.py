"""Addresses replaced; a config that did not change is the same object again."""

from __future__ import annotations

from quanticity.config.effective import resolve
from quanticity.config.schema import Root
from quanticity.config.secrets import Secrets
from quanticity.feeds.standin import Rewriter, Unsimulated

ROOT = Root.model_validate(
    {
        "data_sources": {
            "one": {
                "base_url": "https://one.example",
                "endpoints": {
                    "a": {
                        "path": "/a",
                        "interval_seconds": 1,
                        "redis_key": "k:a",
                        "ttl_seconds": 9,
                    },
                    "b": {
                        "url": "https://two.example/b",
                        "interval_seconds": 1,
                        "redis_key": "k:b",
                        "ttl_seconds": 9,
                    },
                },
            }
        }
    }
)


def test_every_address_is_asked_for_and_nothing_else_changes() -> None:
    effective = resolve(ROOT, Secrets({}))
    rewrite = Rewriter(lambda source, url: url.replace("https://", "http://127.0.0.1/"))
    made = rewrite(effective)
    source = made.sources["one"]
    assert source.source.base_url == "http://127.0.0.1/one.example"
    assert source.endpoints["b"].endpoint.url == "http://127.0.0.1/two.example/b"
    assert source.endpoints["a"] is effective.sources["one"].endpoints["a"]
    assert source.endpoints["b"].fingerprint == effective.sources["one"].endpoints["b"].fingerprint


def test_the_same_source_gives_the_same_object_again() -> None:
    effective = resolve(ROOT, Secrets({}))
    rewrite = Rewriter(lambda source, url: url)
    assert rewrite(effective).sources["one"] is rewrite(effective).sources["one"]


def test_a_vendor_that_nobody_stands_in_for_is_off_and_never_asked() -> None:
    made = Rewriter(lambda source, url: None)(resolve(ROOT, Secrets({})))
    offs = {name: each.off for name, each in made.sources["one"].endpoints.items()}
    assert offs == {
        "a": "nothing simulates one.example; see it with --env dev",
        "b": "nothing simulates two.example; see it with --env dev",
    }
    assert list(made.running()) == []


def test_a_server_of_this_machine_is_asked_as_it_is() -> None:
    text = ROOT.model_dump_json().replace("https://one.example", "http://127.0.0.1:9000")
    made = Rewriter(lambda source, url: None)(resolve(Root.model_validate_json(text), Secrets({})))
    assert made.sources["one"].endpoints["a"].off is None
    assert made.sources["one"].source.base_url == "http://127.0.0.1:9000"


def test_what_nobody_simulates_was_off_without_a_word() -> None:
    given, off = resolve(ROOT, Secrets({})), "nothing simulates {}; see it with --env dev"
    told = Unsimulated()
    none = Rewriter(lambda source, url: None)(given)
    assert none.sources["one"].off == off.format("one.example")
    assert told.news(given, none) == [f"one is off: {off.format('one.example')}"]
    assert told.news(given, none) == []
    one = Rewriter(lambda source, url: url if "one" in url else None)(given)
    assert one.sources["one"].off is None
    assert told.news(given, one) == [f"one.b is off: {off.format('two.example')}"]
    assert told.news(given, given) == []
