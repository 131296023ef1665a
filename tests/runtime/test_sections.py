"""A component's own section at the top of the config, and all that can be wrong with one."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from quanticity.clock import MarketCalendar
from quanticity.config.loader import load
from quanticity.runtime.config_recipe import recipe_of
from quanticity.runtime.recipe import Built
from quanticity.runtime.sections import sections_of
from quanticity.runtime.whole import Whole, whole_of

CONFIG = "data_sources: {}\n"
SECTION = "toxicity: {weight: 0.4, venues: {XNAS: 0.9}}\n"
PLUGIN = """
from quanticity.api import Analytic, Every, Key, Spec, field

class Weights(Spec):
    weight: float = field(0.5, gt=0, help="weight of a sweep", example=0.5)
    venues: dict[str, float] = field(factory=dict, help="score of each venue")

class Toxicity(Analytic):
    name = "toxicity_score"
    section = "toxicity"
    Params = Weights
    trigger = Every(1)
    writes = {"out": Key("analytics:toxicity")}

    def compute(self, inputs, state, now):
        return {}, state

class Other(Analytic):
    name = "other"
    trigger = Every(1)
    writes = {"out": Key("analytics:other")}

    def compute(self, inputs, state, now):
        return {}, state
"""
OTHER = 'name = "other"\n    section = "toxicity"\n    Params = Weights'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config" / "env").mkdir(parents=True)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "own.py").write_text(PLUGIN)
    return tmp_path


def whole(home: Path, more: str = "", overlay: str = "", **environ: str) -> Whole:
    (home / "config" / "data_sources.yaml").write_text(CONFIG + more)
    (home / "config" / "env" / "dev.yaml").write_text(overlay)
    return whole_of(load(home / "config", "dev", environ))


def told(found: Whole) -> list[str]:
    return [str(one) for one in found.problems]


def params(found: Whole, name: str = "toxicity_score") -> dict[str, object] | None:
    own = [one for one in found.bound.bindings if one.component.name == name]
    return own[0].instance.params.model_dump() if own else None


def test_it_holds_the_parameters_base_overlay_and_environment_together(home: Path) -> None:
    found = whole(
        home,
        SECTION.replace("0.4", "'${WEIGHT}'"),
        "toxicity: {venues: {ARCX: 0.2}}\n",
        WEIGHT="0.3",
    )
    assert told(found) == []
    assert params(found) == {"weight": 0.3, "venues": {"XNAS": 0.9, "ARCX": 0.2}}


@pytest.mark.parametrize("section", ["", "toxicity:\n", "toxicity: {}\n", "toxicity: {weight: }\n"])
def test_what_is_not_written_has_its_default(home: Path, section: str) -> None:
    found = whole(home, section)
    assert (told(found), params(found)) == ([], {"weight": 0.5, "venues": {}})


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("toxicity: {weigth: 1}", "2:12: unknown field 'weigth'; did you mean 'weight'?"),
        ("toxicity: {weight: 0}", "2:12: 'weight' should be greater than 0, not 0"),
        ("toxicity:\n  venues: {a: x}", "3:12: 'a' should be a number, not 'x'"),
        ("toxicity: 3", "2:1: 'toxicity' should be a mapping, not 3"),
        (
            "toxicty: {weight: 1}",
            "2:1: unknown section 'toxicty': it belongs to nobody; did you mean 'toxicity'?",
        ),
        (
            "components: {toxicity_score: {params: {weight: 1}}}\ntoxicity: {weight: 2}",
            "2:31: toxicity_score has parameters here and in its section 'toxicity'; leave one of",
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_place_and_the_component_does_not_run(
    home: Path, section: str, said: str
) -> None:
    found = whole(home, section + "\n")
    (problem,) = told(found)
    assert problem.startswith(f"data_sources.yaml:{said}")
    assert (params(found), params(found, "other")) == (None, {})
    assert found.bound.refused == {"toxicity_score"}


@pytest.mark.parametrize(
    ("section", "hint"),
    [
        ("reports", "no plugin has a section of that name"),
        ("other", "its parameters stand below components.other.params"),
    ],
)
def test_a_section_of_nobody_is_told_and_all_components_run(
    home: Path, section: str, hint: str
) -> None:
    found = whole(home, f"{section}: {{a: 1}}\n")
    assert told(found) == [
        f"data_sources.yaml:2:1: unknown section '{section}': it belongs to nobody; {hint}"
    ]
    assert (params(found), params(found, "other")) == ({"weight": 0.5, "venues": {}}, {})


def test_an_endpoint_among_the_sections_is_told_as_one(home: Path) -> None:
    quote = "quote: {path: /quote, interval_seconds: 5, redis_key: 'raw:v:quote', ttl_seconds: 9}\n"
    (line,) = [line for line in told(whole(home, quote)) if "quote" in line]
    hint = "it looks like an endpoint: indent it below the 'endpoints' of its source"
    assert line == f"data_sources.yaml:2:1: unknown section 'quote': it belongs to nobody; {hint}"


def test_a_section_whose_plugin_is_broken_says_that_it_did_not_load(home: Path) -> None:
    (home / "plugins" / "own.py").write_text(PLUGIN.replace("Every(1)", "Evry(1)"))
    first, second = told(whole(home, SECTION))
    assert first.startswith("plugins/own.py:")
    assert second.startswith("data_sources.yaml:2:1: unknown section 'toxicity': it belongs to")
    assert second.endswith("; plugins/own.py did not load")


def test_a_section_of_a_component_that_is_off_is_checked_all_the_same(home: Path) -> None:
    found = whole(home, "components: {toxicity_score: {enabled: false}}\ntoxicity: {weight: -1}\n")
    (problem,) = told(found)
    assert problem.startswith("data_sources.yaml:3:12: 'weight' should be greater than 0")


def test_a_section_belongs_to_one_component(home: Path) -> None:
    (home / "plugins" / "own.py").write_text(PLUGIN.replace('name = "other"', OTHER))
    found = whole(home, SECTION)
    (problem,) = told(found)
    assert problem == (
        "plugins/own.py:10:5: toxicity_score has the section 'toxicity', and so has other; "
        'a section belongs to one component; section = "" is none'
    )
    mine = {"weight": 0.4, "venues": {"XNAS": 0.9}}
    assert (params(found), params(found, "other")) == (None, mine)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ('"store"', "Toxicity cannot have the section 'store'; 'store' is the config's own"),
        ('"data_source"', "cannot have the section 'data_source'; 'data_sources' is the config's"),
        ('"To xic"', "cannot have the section 'To xic'; small letters"),
        ("3", "cannot have the section 3; small letters"),
    ],
)
def test_a_section_that_no_plugin_may_have_is_told_at_its_line(
    home: Path, section: str, said: str
) -> None:
    (home / "plugins" / "own.py").write_text(PLUGIN.replace('"toxicity"', section))
    (problem,) = told(whole(home))
    assert problem.startswith("plugins/own.py:10:5: ")
    assert said in problem


def test_a_strategy_has_its_file_and_no_section(home: Path) -> None:
    text = PLUGIN.replace("Analytic", "Strategy").replace("def compute", "def decide")
    (home / "plugins" / "own.py").write_text(text)
    assert "Toxicity is a strategy, and cannot have a section; its parameters stand" in str(
        told(whole(home))
    )


def test_a_misspelt_declaration_of_a_section_is_told(home: Path) -> None:
    (home / "plugins" / "own.py").write_text(PLUGIN.replace("section =", "sections ="))
    (problem,) = told(whole(home))
    assert "declares 'sections', which means nothing; did you mean 'section'?" in problem


def built(home: Path, more: str) -> Built:
    (home / "config" / "data_sources.yaml").write_text(CONFIG + more)
    recipe = recipe_of(load(home / "config", "dev", {}))
    made: Built = pickle.loads(pickle.dumps(recipe)).build(MarketCalendar())
    return made


def test_an_edit_of_a_section_changes_that_component_alone(home: Path) -> None:
    before, after = (built(home, SECTION.replace("0.4", weight)) for weight in ("0.4", "0.6"))
    changed = [
        new.id
        for old, new in zip(before.bindings, after.bindings, strict=True)
        if old.digest != new.digest
    ]
    assert changed == ["toxicity_score"]


@pytest.mark.parametrize(
    "bad",
    [
        "toxicity: {weight: 0}\n",
        "toxicty: {weight: 0.6}\n",
        "toxicty: {weight: 0.6}\ntoxicity: {venues: {XNAS: 0.9}}\n",
    ],
)
def test_a_bad_edit_of_a_section_leaves_the_component_as_it_was(home: Path, bad: str) -> None:
    before = built(home, SECTION)
    after = built(home, bad)
    assert [str(one).partition(": ")[0] for one in after.problems] != []
    assert [one.id for one in after.still(before.bindings)] == ["toxicity_score"]


def test_what_is_turned_off_ends_also_while_its_section_is_wrong(home: Path) -> None:
    before = built(home, SECTION)
    off = "components: {toxicity_score: {enabled: false}}\ntoxicity: {weight: 0}\n"
    assert built(home, off).still(before.bindings) == []


def test_the_specs_of_all_sections_are_known_by_name(home: Path) -> None:
    assert {"toxicity": "Weights"}.items() <= {
        name: spec.__name__ for name, spec in sections_of(whole(home).plugins).items()
    }.items()
