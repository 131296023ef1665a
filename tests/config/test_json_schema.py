import json

import jsonschema
import pytest
import yaml

from quanticity.config.json_schema import json_schema, json_schema_text
from quanticity.spec import Spec, field
from tests.config.project import ENDPOINT, REFERENCE


def wrong(text, **given):
    schema = json_schema(**given)
    return [
        error.message
        for error in jsonschema.Draft7Validator(schema).iter_errors(yaml.safe_load(text))
    ]


@pytest.mark.parametrize("overlay", [False, True])
def test_it_is_a_schema(overlay):
    jsonschema.Draft7Validator.check_schema(json_schema(overlay=overlay))
    assert json.loads(json_schema_text(overlay=overlay)) == json_schema(overlay=overlay)


def test_what_loads_is_right_for_an_editor():
    more = "scheduler_rules: {weekend: {all: run_normal, critical: [run_always, run_normal]}}\n"
    assert wrong(ENDPOINT + more) == []


def test_references_may_stand_for_figures():
    assert wrong(ENDPOINT.replace("seconds: 60", 'seconds: "${EVERY:-60}"')) == []
    assert wrong(ENDPOINT.replace("seconds: 60", 'seconds: "sixty"')) != []


def test_fields_may_be_left_empty_and_required_ones_may_not():
    assert wrong(ENDPOINT + "        transform:\n") == []
    assert wrong(ENDPOINT.replace('redis_key: "raw:uw:quote:{symbol}"', "redis_key:")) != []


def test_a_misspelt_field_is_seen():
    assert "'pathh' was unexpected" in wrong(ENDPOINT.replace("path:", "pathh:"))[0]


def test_an_overlay_requires_nothing_and_null_removes():
    text = "data_sources: {uw: {endpoints: {quote: null, other: {ttl_seconds: 3}}}, av: null}\n"
    assert wrong(text, overlay=True) == []
    assert wrong(text) != []


def test_sections_of_plugins_are_described_too():
    class Limits(Spec):
        """What may be lost."""

        loss: float = field(help="fraction", example=0.06)

    sections = {"risk": Limits}
    assert wrong("risk: {loss: 0.1}\n", sections=sections) == []
    assert wrong("risk: {los: 0.1}\n", sections=sections) != []
    assert wrong("risk: {loss: 0.1}\n") != []


@pytest.mark.parametrize("name", ["notes", "extended"])
def test_the_reference_files_are_right_for_an_editor(name):
    assert wrong((REFERENCE / f"{name}.yaml").read_text()) == []


def test_a_part_of_a_section_never_stands_in_for_the_cores_of_that_name():
    class Endpoint(Spec):
        """Not the core's."""

        port: int = field(help="number", example=7497)

    class Limits(Spec):
        """What may be lost."""

        at: Endpoint = field(help="where")

    sections = {"ibkr": Limits, "other": Limits}
    assert wrong(ENDPOINT + "ibkr: {at: {port: 1}}\n", sections=sections) == []
    assert wrong("ibkr: {at: {prt: 1}}\n", sections=sections) != []
    assert wrong("ibkr: {at: null}\n", sections=sections, overlay=True) == []
