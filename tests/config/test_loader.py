import dataclasses
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quanticity.config.loader import load
from quanticity.config.modules import ModuleFolders
from quanticity.errors import ConfigError, Severity
from quanticity.model import Priority
from tests.config.project import ENDPOINT, REFERENCE, Project

NONE = ModuleFolders([])


def test_a_good_config_loads_without_a_word(project):
    project.base(ENDPOINT)
    loaded = project.load()
    assert loaded.problems == ()
    assert loaded.environment == "dev"
    assert loaded.locate(("data_sources", "uw", "base_url")) == ("data_sources.yaml", 3, 5)
    assert [file.name for file in loaded.files] == ["data_sources.yaml"]


def test_a_generation_never_changes(project):
    project.base(ENDPOINT)
    loaded = project.load()
    with pytest.raises(dataclasses.FrozenInstanceError):
        loaded.generation = 2


def test_a_misspelt_field_is_named_with_its_place_and_what_was_meant(project):
    project.endpoint(
        """
        quote:
          pathh: /quote
          interval_seconds: 60
          redis_key: raw:q
          ttl_seconds: 60
        """
    )
    assert project.told() == ["data_sources.yaml:6:9: unknown field 'pathh'; did you mean 'path'?"]


def test_every_mistake_is_told_at_once(project):
    project.base(
        """\
        data_sources:
          uw:
            header: {}
            base_url: https://x
            endpoints:
              one:
                path: /x
                interval_seconds: ten
                symbols: 5
                redis_key:
                ttl_seconds: -1
              two: {path: /y, interval_seconds: 5, redis_key: k, ttl_seconds: 3, ttl_seconds: 9}
              three: {path: "/z/{symbol}", interval_seconds: 5, redis_key: k2, ttl_seconds: 9}
        scheduler_rules: {market_hours: {critical: run_alway}}
        stor: {}
        """
    )
    project.write("env/dev.yaml", "simulation: {vendors: maybe}\n")
    assert project.told() == [
        "data_sources.yaml:3:5: unknown field 'header'; did you mean 'headers'?",
        "data_sources.yaml:8:9: 'interval_seconds' should be a number, not 'ten'; for example 60",
        (
            "data_sources.yaml:9:9: 'symbols' should be a list or text, not 5;"
            ' for example ["SPY", "QQQ"]'
        ),
        "data_sources.yaml:10:9: 'redis_key' is missing; for example \"raw:uw:quote:{symbol}\"",
        "data_sources.yaml:11:9: 'ttl_seconds' should be greater than 0, not -1; for example 180",
        (
            "data_sources.yaml:12:74: 'ttl_seconds' is written twice,"
            " first in line 12 column 58; keep one of them"
        ),
        "data_sources.yaml:13:15: {symbol} has no value; give symbols",
        "data_sources.yaml:14:34: 'critical' cannot be 'run_alway'; did you mean 'run_always'?",
        "data_sources.yaml:15:1: unknown section 'stor'; did you mean 'store'?",
        "env/dev.yaml:1:14: 'vendors' should be true or false, not 'maybe'",
    ]


def test_broken_yaml_is_told_with_its_place_and_without_follow_ups(project):
    project.base("data_sources:\n  uw: {base_url: [\n")
    (said,) = project.told()
    assert said.startswith("data_sources.yaml:3:1: broken YAML:")


def test_a_missing_base_file_is_told(project):
    project.base(ENDPOINT)
    loader = project.loader()
    (project.folder / "data_sources.yaml").unlink()
    with pytest.raises(ConfigError, match=r"data_sources\.yaml: cannot be read: No such file"):
        loader.load()


def test_an_overlay_changes_values_and_its_mistakes_are_its_own(project):
    project.base(ENDPOINT)
    project.write(
        "env/dev.yaml",
        """\
        data_sources:
          uw:
            endpoints:
              quote: {symbols: [SPY], ttl_seconds: null, intervall: 3}
        """,
    )
    assert project.told() == [
        "env/dev.yaml:4:31: 'ttl_seconds' is missing; for example 180",
        "env/dev.yaml:4:50: unknown field 'intervall'; did you mean 'interval_seconds'?",
    ]


def test_an_environment_without_a_file_is_what_its_name_says(project):
    project.base(ENDPOINT)
    demo = project.load("demo")
    assert demo.root.simulation.vendors
    assert demo.root.environment == "demo"
    assert not project.load("prod").root.simulation.vendors


def test_the_environment_defaults_to_the_variable_and_then_to_demo(project):
    project.base(ENDPOINT)
    assert load(project.folder, None, {"QUANTICITY_ENV": "dev"}, modules=NONE).environment == "dev"
    assert load(project.folder, None, {}, modules=NONE).environment == "demo"


KEYED = ENDPOINT.replace(
    "    endpoints:", "    auth: {type: bearer, token_env: UW_TOKEN}\n    endpoints:"
)


def test_a_source_without_its_key_is_off_with_a_note(project):
    project.base(KEYED)
    loaded = project.load()
    assert [str(problem) for problem in loaded.problems] == [
        (
            "data_sources.yaml:4:26: note: source 'uw' is off: UW_TOKEN is not set;"
            " set it in the environment or in .env"
        ),
    ]
    assert list(loaded.effective.running()) == []


def test_a_critical_feed_without_its_key_is_an_error_in_prod(project):
    project.base(KEYED + "        priority: critical\n")
    (said,) = project.told("prod")
    assert "'uw' has critical feeds (quote), and UW_TOKEN is not set" in said
    assert project.loader("dev").load().problems[0].severity is Severity.NOTE
    assert project.load("prod", {"UW_TOKEN": "x"}).problems == ()


def test_a_simulation_needs_no_key(project):
    project.base(
        KEYED.replace("base_url: https", 'headers: {From: "${CONTACT}"}\n    base_url: https')
    )
    loaded = project.load("demo")
    assert loaded.problems == ()
    assert len(list(loaded.effective.running())) == 1
    assert loaded.secrets.get("UW_TOKEN") is not None


def test_the_environment_wins_over_dotenv_and_dotenv_lies_beside_the_config(project):
    project.base(KEYED)
    project.write("../.env", "UW_TOKEN=from-the-file\n")
    assert project.load().secrets.get("UW_TOKEN") == "from-the-file"
    assert project.load(environ={"UW_TOKEN": "real-one"}).secrets.get("UW_TOKEN") == "real-one"


def test_a_variable_without_value_turns_its_source_off(project):
    project.base(
        ENDPOINT.replace("    endpoints:", '    headers: {From: "${MAIL}"}\n    endpoints:')
    )
    assert "source 'uw' is off: MAIL is not set" in project.told()[0]
    loaded = project.load(environ={"MAIL": "me@example.com"})
    assert loaded.root.data_sources["uw"].headers == {"From": "me@example.com"}


def test_a_variable_without_value_turns_its_endpoint_off(project):
    project.base(ENDPOINT + '        headers: {From: "${MAIL}"}\n')
    loaded = project.load()
    assert loaded.effective.sources["uw"].off is None
    assert loaded.effective.find("uw.quote").off == "MAIL is not set"


def test_a_variable_without_value_elsewhere_is_an_error(project):
    project.base(ENDPOINT + 'store: {url: "${REDIS}"}\n')
    assert project.told() == [
        (
            "data_sources.yaml:11:9: the environment variable 'REDIS' is not set;"
            " set it, put it into .env, or write ${REDIS:-default}"
        ),
    ]


def test_references_may_stand_for_figures(project):
    project.base(ENDPOINT.replace("seconds: 60", "seconds: ${EVERY:-30}"))
    assert project.load().effective.find("quote").endpoint.interval_seconds == 30
    told = project.told(environ={"EVERY": "not-a-number-9"})
    assert told == [
        (
            "data_sources.yaml:8:9: 'interval_seconds' should be a number, not '${EVERY:-30}';"
            " for example 60"
        ),
    ]


def test_what_did_not_change_is_the_same_object_in_the_next_generation(project):
    project.base(ENDPOINT + ENDPOINT.split("endpoints:\n")[1].replace("quote", "other"))
    loader = project.loader()
    one = loader.load()
    project.base((project.folder / "data_sources.yaml").read_text().replace("quote/", "quotes/"))
    two = loader.load()
    assert (one.generation, two.generation) == (1, 2)
    assert one.hash != two.hash
    assert two.effective.find("other") is one.effective.find("other")
    assert two.effective.find("quote") is not one.effective.find("quote")


def test_a_failed_load_changes_nothing(project):
    project.base(ENDPOINT)
    loader = project.loader()
    one = loader.load()
    project.base(ENDPOINT.replace("path:", "pathh:"))
    with pytest.raises(ConfigError):
        loader.load()
    project.base(ENDPOINT)
    two = loader.load()
    assert two.generation == 2
    assert two.hash == one.hash
    assert two.effective.find("quote") is one.effective.find("quote")


def test_a_changed_variable_is_seen_though_no_line_changed(project):
    project.base(ENDPOINT + '        params: {a: "${A}"}\n')
    loader = project.loader()
    project.write("../.env", "A=one\n")
    assert loader.load().effective.find("quote").endpoint.params == {"a": "one"}
    project.write("../.env", "A=two\n")
    assert loader.load().effective.find("quote").endpoint.params == {"a": "two"}


def test_fields_that_are_written_and_left_empty_are_not_given(project):
    project.base(ENDPOINT + "        params:\n        transform:\naggregates:\n")
    assert project.told() == []


@pytest.mark.parametrize("env", ["demo", "dev"])
def test_a_file_written_from_the_notes_loads_as_it_is(env):
    loaded = load(REFERENCE / "notes.yaml", env, {"UW_API_TOKEN": "x"}, modules=NONE)
    assert [one for one in loaded.problems if one.severity is Severity.ERROR] == []
    source = loaded.effective.sources["unusual_whales"]
    assert source.limits.shares == {"critical": 60, "important": 40, "nice_to_have": 10}
    assert source.endpoints["spot_gex"].group is Priority.CRITICAL
    assert source.endpoints["greek_flow"].group is Priority.IMPORTANT


def test_the_extended_example_has_only_what_it_leaves_out():
    with pytest.raises(ConfigError) as caught:
        load(REFERENCE / "extended.yaml", "demo", {}, modules=NONE)
    assert [str(problem) for problem in caught.value.problems] == [
        "extended.yaml:25:9: there is no contract 'contracts/av_options.json'",
        "extended.yaml:31:27: there is no feed 'option_chains'",
        (
            "extended.yaml:47:15: warning: the config has no source 'unusual_whales';"
            " a plugin may bring it"
        ),
        "extended.yaml:47:42: warning: the config has no source 'ibkr'; a plugin may bring it",
    ]


TOKEN = "tk-4f9a-never-shown"
SECRETIVE = f"""\
data_sources:
  uw:
    base_url: "https://${{HOST}}/v1"
    auth: {{type: bearer, token_env: UW_TOKEN}}
    headers: {{X-Key: "${{KEY}}"}}
    endpoints:
      quote:
        path: "/q/${{KEY}}"
        interval_seconds: ${{KEY}}
        symbols: "${{KEY}}"
        priority: ${{KEY}}
        redis_key: "raw:${{KEY}} {TOKEN}"
        ttl_seconds: 5
        format: {TOKEN}
        errors: [{{path: x, matches: "${{KEY}}("}}]
{TOKEN}: 1
"""


@pytest.mark.parametrize("env", ["demo", "dev", "prod"])
def test_no_problem_shows_a_secret(project, env):
    project.base(SECRETIVE)
    told = project.told(env, {"UW_TOKEN": TOKEN, "KEY": "key-77-hidden", "HOST": "h.example"})
    assert len(told) > 3
    assert not [one for one in told if TOKEN in one or "key-77-hidden" in one]


BASE = KEYED + "rate_limit_config: {max_requests_per_minute: 60}\naggregates: {}\n"
BITS = [
    "",
    "\t",
    ":",
    "- ",
    "null",
    "[",
    "}",
    "${X",
    "&a ",
    "*a",
    "5",
    "'",
    "\n",
    "é",
    "<<: ",
    "{}",
]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, len(BASE)), st.integers(0, 20), st.sampled_from(BITS)), max_size=4
    )
)
def test_a_mutated_config_loads_or_raises_config_error(tmp_path_factory, edits):
    text = BASE
    for at, gone, bit in edits:
        text = text[:at] + bit + text[at + gone :]
    _try(tmp_path_factory, text.encode())


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_load_or_raise_config_error(tmp_path_factory, raw):
    _try(tmp_path_factory, raw)


def _try(tmp_path_factory, raw):
    project = Project(tmp_path_factory.mktemp("any"))
    (project.folder / "data_sources.yaml").write_bytes(raw)
    try:
        told, wrong = project.load().problems, False
    except ConfigError as error:
        told, wrong = error.problems, True
    assert any(problem.severity is Severity.ERROR for problem in told) is wrong


@pytest.mark.parametrize("left", ["", "# all gone\n", "null\n", "---\n"])
def test_an_empty_file_is_a_mistake_and_not_an_order_to_stop_every_feed(project, left):
    """A full disk, or half a save, leaves a file without a byte."""
    project.base(left)
    (told,) = project.told()
    assert told.startswith("data_sources.yaml:1:1: the file is empty; ")
    assert "write 'data_sources: {}'" in told
    project.base("data_sources: {}\n")
    assert project.told() == []


def test_a_pipe_in_place_of_the_config_is_told_and_not_waited_for(project):
    file = project.base(ENDPOINT)
    loader = project.loader()
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(ConfigError) as told:
        loader.load()
    assert [str(one) for one in told.value.problems] == [
        "data_sources.yaml: cannot be read: it is not a plain file"
    ]


def test_a_contract_that_is_a_link_to_itself_is_a_problem_with_its_line(project):
    (project.folder / "a.json").symlink_to("a.json")
    project.base(ENDPOINT.replace("ttl_seconds: 180", "ttl_seconds: 180\n        contract: a.json"))
    (told,) = project.told()
    assert "there is no contract 'a.json'" in told


def test_the_notes_word_for_how_feeds_are_merged_is_understood(project):
    endpoint = ENDPOINT + 'aggregates: {x: {sources: [uw.quote], redis_key: "aggregated:x:{symbol}"'
    project.base(endpoint + ", aggregate: merge_on_timestamp}}\n")
    assert project.told() == []
    project.base(endpoint + ", aggregate: merge_on_time}}\n")
    (said,) = project.told()
    assert "'aggregate' cannot be 'merge_on_time'; did you mean 'merge_on_timestamp'?" in said


def test_a_field_in_the_wrong_place_was_taken_for_another_that_is_misspelt(project):
    project.base(ENDPOINT + "        auth: {type: none}\n")
    (said,) = project.told()
    assert said.endswith("unknown field 'auth'; it belongs to the source, beside 'endpoints'")
    project.base(ENDPOINT.replace("    endpoints:", "    interval_seconds: 5\n    endpoints:"))
    (said,) = project.told()
    assert "unknown field 'interval_seconds'; it belongs to an endpoint, below" in said


def test_a_source_or_feed_that_is_no_mapping_was_called_the_document(project):
    project.base("data_sources: {v: 5}")
    assert project.told() == ["data_sources.yaml:1:16: 'v' should be a mapping, not 5"]
    project.endpoint("a: [1]")
    assert project.told() == ["data_sources.yaml:5:7: 'a' should be a mapping, not [1]"]


def test_a_folder_of_strategies_that_may_not_be_looked_into_dropped_them_without_a_word(project):
    project.base(ENDPOINT)
    strategies = project.folder / "strategies"
    strategies.symlink_to("x" * 300)  # as for a folder without its x bit, also for root
    assert project.told() == ["strategies: cannot be read: File name too long"]
    strategies.unlink()
    strategies.write_text("")
    assert project.told() == ["strategies: cannot be read: Not a directory"]
