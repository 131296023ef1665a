import os

import pytest

from quanticity.config.modules import ModuleFolders
from quanticity.errors import ConfigError

FEED = "a: {{path: /x, redis_key: 'raw:k', interval_seconds: 5, ttl_seconds: 9, {more}}}"
TRANSFORM = """\
from quanticity.api import Spec, field, transform

class Options(Spec):
    depth: int = field(5, help="how deep")

@transform
def parse_gex(payload, config, state):
    return payload, state
"""


def told(project):
    try:
        return [str(one) for one in project.loader(transforms=True).load().problems]
    except ConfigError as error:
        return [str(one) for one in error.problems]


def test_an_unknown_transform_is_named_with_the_near_miss(project):
    project.write("../transforms/parse_gex.py", TRANSFORM)
    project.endpoint(FEED.format(more="transform: parse_gx"))
    (said,) = told(project)
    assert said.endswith("there is no transform 'parse_gx'; did you mean 'parse_gex'?")


@pytest.mark.parametrize("file", ["parse_gex.py", "all_of_mine.py"])
def test_a_transform_whose_file_is_no_python_was_said_not_to_be_there(project, file):
    project.write(f"../transforms/{file}", TRANSFORM + "    return (\n")
    project.endpoint(FEED.format(more="transform: parse_gex"))
    (said,) = told(project)
    assert said.startswith(f"transforms/{file}:9:")
    assert "not Python" in said


def test_a_feed_of_a_transform_that_never_loaded_is_no_edit_to_take(project):
    project.endpoint(FEED.format(more="priority: critical"))
    loader = project.loader(transforms=True)
    loader.load()
    project.write("../transforms/parse_gex.py", "def transform(\n")
    project.endpoint(FEED.format(more="transform: parse_gex"))
    with pytest.raises(ConfigError) as raised:
        loader.load()
    (said,) = map(str, raised.value.problems)
    assert said.startswith("transforms/parse_gex.py:1:")


def test_its_options_are_checked_beside_the_general_ones(project):
    project.write("../transforms/parse_gex.py", TRANSFORM)
    options = "transform_config: {depht: 3, flatten_nested: true}"
    project.endpoint(FEED.format(more=f"transform: parse_gex, {options}"))
    (said,) = told(project)
    assert said.endswith("unknown field 'depht'; did you mean 'depth'?")
    assert said.startswith("data_sources.yaml:5:")


def test_a_field_map_maps_names(project):
    project.endpoint(FEED.format(more="transform_config: {field_map: [price]}"))
    (said,) = project.told()
    assert "'field_map' is a mapping of names to the vendor's names" in said
    project.endpoint(FEED.format(more="transform_config: {field_map: {price: last_price}}"))
    assert project.told() == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON: line 1 column 2"),
        ('{"type": "objct"}', "is no JSON Schema: at type"),
        ("[1]", "is no JSON Schema"),
        ("[" * 100_000, "is nested too deep"),
    ],
)
def test_a_contract_must_be_a_schema(project, content, said):
    project.write("contracts/x.json", content)
    project.endpoint(FEED.format(more="contract: contracts/x.json"))
    (problem,) = project.told()
    assert f"'contracts/x.json' {said}" in problem


def test_a_contract_must_be_there_and_inside(project):
    project.write("contracts/quote.json", "{}")
    project.endpoint(FEED.format(more="contract: contracts/quot.json"))
    assert "did you mean 'contracts/quote.json'?" in project.told()[0]
    project.endpoint(FEED.format(more="contract: ../secret.json"))
    assert "lies outside the config folder" in project.told()[0]
    project.endpoint(FEED.format(more="contract: none"))
    assert project.told() == []


def test_a_generation_carries_a_hash_of_each_contract(project):
    file = project.write("contracts/quote.json", "{}")
    project.endpoint(FEED.format(more="contract: contracts/quote.json"))
    loader = project.loader()
    first = loader.load().contracts
    assert list(first) == ["contracts/quote.json"]
    file.write_text('{"type": "object"}')
    assert loader.load().contracts != first


def test_without_folders_of_transforms_names_are_not_checked(project):
    project.endpoint(FEED.format(more="transform: anything"))
    loader = project.loader()
    loader.modules = ModuleFolders([])
    assert loader.load().problems == ()


def test_a_misspelt_option_of_a_feed_without_a_transform_did_nothing_and_was_not_told(project):
    feed = 'a: {path: /a, redis_key: "raw:a", interval_seconds: 5, ttl_seconds: 9, '
    project.endpoint(feed + "transform_config: {flatten_nestd: true}}")
    (said,) = [
        str(problem)
        for problem in _problems(project.loader(transforms=True))
        if "option" in str(problem)
    ]
    assert "unknown option 'flatten_nestd'; did you mean 'flatten_nested'?" in said
    project.write(
        "../transforms/t.py", "def transform(payload, config, state):\n    return 1, None\n"
    )
    project.endpoint(feed + "transform: t, transform_config: {parse_timestamp: true, mine: 1}}")
    (said,) = [str(problem) for problem in _problems(project.loader(transforms=True))]
    assert "warning: 'parse_timestamp' is an option of 't' only" in said
    assert "did you mean 'parse_timestamps'?" in said


def _problems(loader):
    try:
        return loader.load().problems
    except ConfigError as error:
        return error.problems


@pytest.mark.parametrize("kind", ["a FIFO", "/dev/zero"])
def test_a_contract_that_is_no_plain_file_was_waited_for(project, kind):
    """It was waited for, or read, without end; so is a device that a link leads to."""
    file = project.write("contracts/x.json", "{}")
    project.endpoint(FEED.format(more="contract: contracts/x.json"))
    loader = project.loader()
    loader.load()
    file.unlink()
    if kind == "a FIFO":
        os.mkfifo(file)
    else:
        file.symlink_to(kind)
    with pytest.raises(ConfigError, match="contracts/x") as told:
        loader.load()
    (problem,) = told.value.problems
    if kind == "a FIFO":
        assert str(problem).endswith("'contracts/x.json' cannot be read: it is not a plain file")
    else:
        assert "lies outside the config folder" in str(problem)
