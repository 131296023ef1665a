import os

import pytest

from quanticity.config.location import find_config
from quanticity.config.reading import Files, dotenv_files, hash_of
from quanticity.errors import ConfigError
from tests.config.project import ENDPOINT


def test_an_overlay_of_a_feed_that_is_not_there_is_told_once(project):
    project.base(ENDPOINT)
    project.write(
        "env/dev.yaml",
        """\
        data_sources:
          uv: {enabled: true}
          uw:
            endpoints:
              qoute: {ttl_seconds: 3}
        """,
    )
    assert project.told() == [
        "env/dev.yaml:2:3: there is no source 'uv' below this overlay",
        "env/dev.yaml:5:7: there is no feed 'qoute' below this overlay; did you mean 'quote'?",
    ]


def test_an_overlay_may_bring_whole_sources_and_feeds_of_its_own(project):
    project.base(ENDPOINT)
    project.write("env/dev.yaml", ENDPOINT.replace("uw", "av"))
    assert project.told() == []
    assert set(project.load().effective.sources) == {"uw", "av"}


def test_one_file_that_cannot_be_read_is_all_there_is_to_say(project):
    project.base("data_sources: [\n")
    project.write("env/dev.yaml", "data_sources: {uw: {enabled: true}}\nstor: 1\n")
    (said,) = project.told()
    assert said.startswith("data_sources.yaml:2:1: broken YAML")


def test_both_files_that_cannot_be_read_are_told(project):
    project.base("data_sources: [\n")
    project.write("env/dev.yaml", "- 1\n")
    assert len(project.told()) == 2


def test_an_overlay_that_leads_nowhere_was_a_traceback(project):
    project.base(ENDPOINT)
    overlay = project.write("env/staging.yaml", "")
    overlay.unlink()
    overlay.symlink_to("nowhere.yaml")
    assert project.told("staging") == [
        "env/staging.yaml: cannot be read: No such file or directory"
    ]


def test_a_pipe_in_place_of_an_overlay_made_the_built_in_one_take_over(project):
    project.base(ENDPOINT)
    os.mkfifo(project.write("env/x.yaml", "").with_name("prod.yaml"))
    assert project.told("prod") == ["env/prod.yaml: cannot be read: it is not a plain file"]


def test_the_hash_is_of_the_files_and_the_environment(project):
    project.base(ENDPOINT)
    location = find_config(project.folder)

    def hashed(environment):
        return hash_of(environment, Files(location, environment, {}).read().layers.documents)

    first = hashed("dev")
    assert hashed("dev") == first
    assert hashed("prod") != first
    project.write("env/dev.yaml", "environment: dev\n")
    assert hashed("dev") != first


def test_dotenv_in_the_config_folder_wins_over_the_one_beside_it(project):
    project.base(ENDPOINT)
    location = find_config(project.folder)
    for file, value in zip(dotenv_files(location), ("beside", "inside"), strict=True):
        file.write_text(f"A={value}\n")
    assert Files(location, "dev", {}).read().values["A"] == "inside"
    assert Files(location, "dev", {"A": "real"}).read().values["A"] == "real"


def test_a_bad_line_of_dotenv_is_a_problem_like_any_other(project):
    project.base(ENDPOINT)
    project.write("../.env", "just words\n")
    assert project.told() == [
        ".env:1:1: this line is not NAME=value; what is no value begins with #"
    ]


def test_an_unknown_environment_is_told_before_anything_is_read(project):
    project.base("a: [\n")
    with pytest.raises(ConfigError, match="there is no environment 'prd'"):
        project.loader("prd").load()


def test_in_the_demo_a_variable_that_is_not_set_was_asked_for_as_a_part_of_the_path(project):
    project.write(
        "data_sources.yaml",
        """\
        simulation: {vendors: true}
        data_sources:
          uw:
            base_url: "https://api.unusualwhales.com/api"
            auth: {type: bearer, token_env: UW_API_TOKEN}
            endpoints:
              quote:
                path: "/stock/SPY/${WHAT}"
                params: {token: "${UW_API_TOKEN}"}
                interval_seconds: 60
                redis_key: "raw:uw:quote"
                ttl_seconds: 180
        """,
    )
    said = "8:9: warning: the environment variable 'WHAT' is not set; in its place is 'simulated'"
    (told,) = [one for one in project.told() if "WHAT" in one or "TOKEN" in one]
    assert said in told


def test_a_key_in_dotenv_that_an_empty_variable_took_away_was_told_as_not_set(project):
    project.base(
        ENDPOINT.replace("base_url", "auth: {type: bearer, token_env: MY_KEY}\n    base_url")
    )
    project.write("../.env", "MY_KEY=a-key-of-ours\n")
    assert project.told(environ={}) == []
    said = "MY_KEY is empty in the environment, which comes before .env"
    assert any(said in line for line in project.told(environ={"MY_KEY": ""}))
