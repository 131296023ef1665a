"""Sections that are not the core's: kept with their places, until plugins say whose they are."""

import pytest

from quanticity.config.sections import core_meant
from quanticity.errors import ConfigError
from tests.config.project import ENDPOINT


def test_a_section_that_is_not_the_cores_is_kept_with_its_references_filled_in(project):
    project.base(ENDPOINT + "toxicity: {weight: '${WEIGHT}', venues: {a: 1}, left: }\nibkr:\n")
    project.write("env/dev.yaml", "toxicity: {venues: {b: 2}}\n")
    loaded = project.load("dev", {"WEIGHT": "0.5"})
    assert loaded.sections == {
        "toxicity": {"weight": "0.5", "venues": {"a": 1, "b": 2}},
        "ibkr": {},
    }
    assert loaded.locate(("toxicity", "venues", "b")) == ("env/dev.yaml", 1, 21)


def test_null_in_an_overlay_removes_a_section(project):
    project.base(ENDPOINT + "toxicity: {weight: 1}\n")
    project.write("env/dev.yaml", "toxicity: null\n")
    assert project.load().sections == {}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("data_source", "data_sources"),
        ("dta_sources", "data_sources"),
        ("Data_Sources", "data_sources"),
        ("component", "components"),
        ("stores", "store"),
        ("score", None),
        ("strategy_weights", None),
        ("toxicity", None),
        ("risk", None),
        ("risk_managment", "risk_management"),
        ("ibkr", None),
    ],
)
def test_what_surely_means_a_section_of_the_core_is_no_plugins(name, meant):
    assert core_meant(name) == meant


def test_a_misspelt_section_of_the_core_is_told_before_any_plugin_is_looked_at(project):
    project.base(ENDPOINT + "component: {}\n")
    assert project.told() == [
        "data_sources.yaml:11:1: unknown section 'component'; did you mean 'components'?"
    ]


def test_an_edit_that_renames_the_feeds_takes_none_of_them_away(project):
    project.base(ENDPOINT)
    loader = project.loader()
    loader.load()
    project.base(ENDPOINT.replace("data_sources", "feeds"))
    with pytest.raises(ConfigError, match=r"data_sources\.yaml:1:1: unknown section 'feeds'"):
        loader.load()
