import pytest

from quanticity.config.effective import resolve
from quanticity.config.schema import Root
from quanticity.config.secrets import Secrets
from quanticity.model import Priority


def tree(**source):
    quote = {"path": "/q", "interval_seconds": 5, "redis_key": "raw:q", "ttl_seconds": 9}
    return {"base_url": "https://x", "endpoints": {"quote": quote}, **source}


def root(**more):
    return Root.model_validate({"data_sources": {"uw": tree()}, **more})


def effective(source=None, values=None, **more):
    given = Root.model_validate({"data_sources": {"uw": source or tree()}, **more})
    return resolve(given, Secrets(values or {}))


def test_a_source_without_its_key_is_off_and_says_why():
    auth = {"type": "bearer", "token_env": "T"}
    off = effective(tree(auth=auth)).sources["uw"]
    assert off.off == "T is not set"
    assert off.endpoints["quote"].off == "T is not set"
    assert effective(tree(auth=auth), {"T": "x"}).sources["uw"].off is None


def test_two_keys_that_are_missing_are_two():
    auth = {"type": "basic", "username_env": "U", "password_env": "P"}
    assert effective(tree(auth=auth)).sources["uw"].off == "U and P are not set"


def test_what_the_config_turns_off_is_off():
    assert effective(tree(enabled=False)).sources["uw"].off == "disabled in the config"
    source = tree()
    source["endpoints"]["quote"]["enabled"] = False
    found = effective(source)
    assert found.sources["uw"].off is None
    assert [endpoint.off for endpoint in found.endpoints()] == ["disabled in the config"]
    assert list(found.running()) == []


def test_symbol_groups_become_their_symbols():
    source = tree()
    source["endpoints"]["quote"] |= {"symbols": "focus", "redis_key": "raw:q:{symbol}"}
    found = effective(source, symbol_groups={"focus": ["SPY", "QQQ"]})
    assert found.sources["uw"].endpoints["quote"].symbols == ("SPY", "QQQ")
    assert found.sources["uw"].endpoints["quote"].endpoint.symbols == ("SPY", "QQQ")


def test_groups_come_from_the_endpoint_else_the_notes_lists_else_nice_to_have():
    notes = {"max_requests_per_minute": 60, "priority_groups": {"important": ["quote"]}}
    assert effective().find("uw.quote").group is Priority.NICE_TO_HAVE
    assert effective(rate_limit_config=notes).find("quote").group is Priority.IMPORTANT


def test_the_notes_limits_are_the_sources():
    notes = {"max_requests_per_minute": 120, "buffer": 10, "priority_groups": {"critical": []}}
    assert effective(rate_limit_config=notes).sources["uw"].limits.shares["critical"] == 60


def test_what_did_not_change_is_the_same_object():
    first = root()
    before = resolve(first, Secrets({}))
    limited = Root.model_validate(
        {
            "data_sources": {
                "uw": {
                    "base_url": "https://x",
                    "rate_limits": {"requests_per_minute": 5},
                    "endpoints": first.data_sources["uw"].endpoints,
                }
            }
        }
    )
    after = resolve(limited, Secrets({}), previous=before)
    assert after.find("uw.quote") is before.find("uw.quote")
    assert after.sources["uw"].limits.requests_per_minute == 5


def test_words_do_not_change_a_fingerprint_and_requests_do():
    def print_of(**changed):
        source = tree()
        source["endpoints"]["quote"] |= changed
        return effective(source).find("uw.quote").fingerprint

    same = print_of()
    assert print_of(description="other", units="other") == same
    assert (
        len(
            {same, print_of(path="/z"), print_of(priority="critical"), print_of(interval_seconds=6)}
        )
        == 4
    )
    assert effective(tree(headers={"A": "b"})).find("uw.quote").fingerprint != same


def test_sources_on_one_budget_share_its_limits():
    given = Root.model_validate(
        {
            "data_sources": {
                "a": tree(rate_limits={"budget": "sec", "requests_per_second": 10}),
                "b": tree(rate_limits={"budget": "sec"}),
                "c": tree(),
            }
        }
    )
    budgets = resolve(given, Secrets({})).budgets()
    assert set(budgets) == {"sec", "c"}
    assert budgets["sec"].requests_per_second == 10


def test_a_feed_is_found_by_its_name_where_only_one_has_it():
    given = Root.model_validate({"data_sources": {"a": tree(), "b": tree()}})
    found = resolve(given, Secrets({}))
    assert found.find("quote") is None
    assert found.find("b.quote") is found.sources["b"].endpoints["quote"]
    assert found.find("z.quote") is None


@pytest.mark.parametrize(
    ("values", "hint"),
    [
        ({"UW_API_TOKEN": "x"}, "; did you mean UW_API_TOKEN, which is?"),
        ({"UW_API_TOKEN": ""}, ""),
        ({"OPENAI_API_TOKEN": "x"}, ""),
        ({}, ""),
    ],
    ids=["set", "empty", "unlike", "none"],
)
def test_a_slip_in_the_name_of_a_key_named_no_variable_that_is_set(
    values: dict[str, str], hint: str
) -> None:
    auth = {"type": "bearer", "token_env": "UW_API_TOKN"}
    assert effective(tree(auth=auth), values).sources["uw"].off == f"UW_API_TOKN is not set{hint}"


def test_a_key_that_another_source_uses_was_not_meant() -> None:
    given = Root.model_validate(
        {"data_sources": {"uw": tree(auth={"type": "bearer", "token_env": "AB_API_KEY1"})}}
    )
    secrets = Secrets({"AB_API_KEY2": "x"}, tokens=["AB_API_KEY1", "AB_API_KEY2"])
    assert resolve(given, secrets).sources["uw"].off == "AB_API_KEY1 is not set"
