"""Parameters under a name: who takes them, what may be added, and what stays as it was frozen."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.loader import load
from quanticity.config.presets import digest_of, with_presets
from quanticity.runtime.bindings import bindings_of
from quanticity.runtime.loader import PluginFolders
from tests.config.project import ENDPOINT
from tests.runtime.project import project as written

CALM = "params: {size: 5, legs: {short: 0.1, long: 0.05}}\n"
DIGEST = digest_of({"size": 5, "legs": {"short": 0.1, "long": 0.05}})
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def using(project, section="components", entry="{preset: calm}", preset=CALM):
    project.base(f"{ENDPOINT}{section}:\n  first: {entry}\n")
    project.write("presets/calm.yaml", preset)


@pytest.mark.parametrize("section", ["components", "strategies"])
def test_parameters_are_those_of_the_preset_and_its_users_own(project, section):
    using(project, section, "{preset: calm, params: {legs: {long: 0.02}, more: 1}}")
    user = getattr(project.load().root, section)["first"]
    assert user.params == {"size": 5, "legs": {"short": 0.1, "long": 0.02}, "more": 1}


def test_null_is_the_default_of_the_component_again(project):
    using(project, entry="{preset: calm, params: {size: null}}")
    assert project.load().root.components["first"].params == {"legs": {"short": 0.1, "long": 0.05}}


def test_an_environment_takes_another_preset_or_adds_to_one(project):
    using(project)
    project.write("presets/bold.yaml", "params: {size: 9}\n")
    project.write("env/prod.yaml", "environment: prod\ncomponents: {first: {preset: bold}}\n")
    project.write("env/dev.yaml", "environment: dev\npresets: {calm: {params: {size: 6}}}\n")
    assert project.load("prod").root.components["first"].params == {"size": 9}
    assert project.load("dev").root.components["first"].params["size"] == 6


def test_a_reference_to_the_environment_stands_in_a_preset_too(project):
    using(project, preset="params: {size: '${SIZE}'}\n")
    loaded = project.load(environ={"SIZE": "7"})
    assert loaded.root.components["first"].params == {"size": "7"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{preset: clam}", "12:11: there is no preset 'clam'; did you mean 'calm'?"),
        ("{preset: ''}", "12:11: there is no preset ''; there are calm"),
        ("{preset: 7}", "12:11: "),
        ("{preset: calm, params: 7}", "12:25: "),
    ],
)
def test_what_is_no_preset_is_told_with_its_line(project, entry, said):
    using(project, entry=entry)
    (told,) = project.told()
    assert told.startswith(f"data_sources.yaml:{said}"), told


def test_where_there_is_no_preset_at_all_is_told_where_one_is_written(project):
    project.base(f"{ENDPOINT}components:\n  first: {{preset: calm}}\n")
    (told,) = project.told()
    assert told.endswith("write it as presets/NAME.yaml beside the config")


def test_an_unknown_field_of_a_preset_is_told_in_its_file(project):
    using(project, preset="parms: {size: 5}\n")
    (told,) = project.told()
    assert told == "presets/calm.yaml:1:1: unknown field 'parms'; did you mean 'params'?"


def test_a_frozen_preset_is_taken_as_it_is_and_added_to(project):
    using(project, entry="{preset: calm, params: {more: 1}}", preset=f"frozen: '{DIGEST}'\n{CALM}")
    assert project.told() == []
    assert project.load().root.components["first"].params["more"] == 1


@pytest.mark.parametrize("section", ["components", "strategies"])
def test_no_figure_of_a_frozen_preset_is_changed_where_it_is_used(project, section):
    using(
        project,
        section,
        "{preset: calm, params: {legs: {long: 0.06}}}",
        preset=f"frozen: '{DIGEST}'\n{CALM}",
    )
    (told,) = project.told()
    assert told == (
        "data_sources.yaml:12:41: 'legs.long' is of the preset 'calm', which is frozen; leave it "
        "out, or copy the preset under a name of its own"
    )


def test_null_takes_nothing_out_of_a_frozen_preset(project):
    using(
        project, entry="{preset: calm, params: {size: null}}", preset=f"frozen: '{DIGEST}'\n{CALM}"
    )
    (told,) = project.told()
    assert "'size' is of the preset 'calm', which is frozen" in told


def test_an_edit_of_a_frozen_preset_is_told_with_what_would_freeze_it(project):
    using(project, preset=f"frozen: '{DIGEST}'\n{CALM.replace('5', '6', 1)}")
    (told,) = project.told()
    assert told.startswith("presets/calm.yaml:1:1: the preset 'calm' is frozen, and its params are")
    assert digest_of({"size": 6, "legs": {"short": 0.1, "long": 0.05}}) in told


def test_an_overlay_edits_no_frozen_preset_either(project):
    using(project, preset=f"frozen: '{DIGEST}'\n{CALM}")
    project.write("env/dev.yaml", "environment: dev\npresets: {calm: {params: {size: 6}}}\n")
    (told,) = project.told()
    assert "changes the preset 'calm', which is frozen" in told


def test_an_overlays_edit_of_a_frozen_preset_was_told_at_the_presets_own_line(project):
    using(project, preset=f"frozen: '{DIGEST}'\n{CALM}")
    edits = "{size: 6, legs: {long: 0.07}}"
    project.write("env/dev.yaml", f"environment: dev\npresets: {{calm: {{params: {edits}}}}}\n")
    end = "changes the preset 'calm', which is frozen; leave it out, or copy the preset under"
    assert project.told() == [
        f"env/dev.yaml:2:27: 'size' {end} a name of its own",
        f"env/dev.yaml:2:43: 'legs.long' {end} a name of its own",
    ]


def test_whoever_froze_a_preset_was_told_to_put_back_what_nobody_had_changed(project):
    using(project, preset=f"frozen: please\n{CALM}")
    (told,) = project.told()
    assert told == (
        "presets/calm.yaml:1:1: the preset 'calm' is not frozen yet: 'please' is no digest; "
        f"write frozen: '{DIGEST}' to keep its params as they stand"
    )


@pytest.mark.parametrize("preset", [CALM, f"frozen: '{DIGEST}'\n{CALM}"])
def test_null_in_a_strategys_own_file_was_dropped_and_nobody_was_told(project, preset):
    project.base(ENDPOINT)
    project.write("presets/calm.yaml", preset)
    project.write("strategies/first.yaml", "preset: calm\nparams: {size: null, more: 1}\n")
    if "frozen" in preset:
        (told,) = project.told()
        assert told.startswith("strategies/first.yaml:2:10: 'size' is of the preset 'calm', which")
    else:
        params = project.load().root.strategies["first"].params
        assert params == {"legs": {"short": 0.1, "long": 0.05}, "more": 1}


@pytest.mark.parametrize("section", ["components", "strategies"])
def test_a_misspelt_name_without_a_value_vanished_beside_a_preset(project, section):
    """`{last 12}` is YAML for a name with nothing behind it."""
    using(project, section, "{preset: calm, params: {last 12, legs: {lnog: null}}}")
    params = getattr(project.load().root, section)["first"].params
    assert params == {
        "size": 5,
        "legs": {"short": 0.1, "long": 0.05, "lnog": None},
        "last 12": None,
    }


def test_a_misspelt_name_without_a_value_vanished_from_a_presets_file(project):
    using(project, preset="params: {size 5}\n")
    assert project.load().root.components["first"].params == {"size 5": None}


@pytest.mark.parametrize("frozen", ["null", "'0123456789abcdef'", "7"])
def test_an_overlay_thawed_a_frozen_preset_without_a_word(project, frozen):
    using(project, preset=f"frozen: '{DIGEST}'\n{CALM}")
    edit = f"{{calm: {{frozen: {frozen}, params: {{size: 6}}}}}}"
    project.write("env/dev.yaml", f"environment: dev\npresets: {edit}\n")
    said = f"env/dev.yaml:2:18: the preset 'calm' is frozen as '{DIGEST}', and stays so; leave it"
    assert any(line.startswith(said) for line in project.told()), project.told()


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_a_digest_knows_no_order_and_sees_every_figure(params):
    backwards = dict(reversed(params.items()))
    assert digest_of(backwards) == digest_of(params)
    assert digest_of({**params, "one more": 1}) != digest_of(params)


@given(VALUES, VALUES, VALUES)
def test_whatever_stands_there_is_left_for_the_validation_to_tell(presets, entry, params):
    tree = {
        "presets": {"calm": presets, "whole": {"params": params}},
        "components": {"a": entry, "b": {"preset": "calm", "params": params}},
        "strategies": {"c": {"preset": "whole", "params": entry}},
    }
    found, _ = with_presets(tree, lambda path: ("x", 1, 1))
    assert found["presets"] == tree["presets"]


@pytest.mark.parametrize("folder", ["presets", "strategies"])
def test_two_files_of_one_name_were_mixed_without_a_word(project, folder):
    using(project)
    project.write(f"{folder}/one.yaml", "params: {size: 5}\n")
    project.write(f"{folder}/one.yml", "params: {more: 7}\n")
    (told,) = project.told()
    there = f"{folder}/one.yaml; take one of the two away"
    assert told == f"{folder}/one.yml: 'one' is there already, as {there}"


def test_half_a_save_of_a_preset_was_an_order_to_run_by_the_defaults(project):
    using(project, preset="# all gone\n")
    (told,) = project.told()
    hint = "for a preset without parameters write 'params: {}'"
    assert told == f"presets/calm.yaml:1:1: the file is empty; {hint}"
    project.write("presets/calm.yaml", "params: {}\n")
    assert project.told() == []


def test_what_an_editor_left_beside_a_preset_broke_the_config(project):
    using(project)
    project.write("presets/._calm.yaml", "\0\0")
    (project.folder / "presets" / ".#calm.yaml").symlink_to("me@here.1234:5678")
    assert project.told() == []


PLUGIN = '''
from quanticity.api import Analytic, Key, Spec, field

class Params(Spec):
    """Parameters."""
    size: int = field(1, ge=1, help="a size")
    name: str = field("x", help="a name")

class First(Analytic):
    """Reads a feed."""
    name = "first"
    Params = Params
    reads = {"quote": Key("raw:uw:quote:{symbol}", 60)}
    writes = {"out": Key("analytics:first:{symbol}")}
    def compute(self, inputs, state, now):
        return {}, state
'''


def test_a_parameter_that_a_preset_gives_wrong_is_told_in_the_presets_file(tmp_path: Path) -> None:
    config = f"{ENDPOINT}components:\n  first: {{preset: calm, params: {{name: y}}}}\n"
    folder = written(tmp_path, config, {"one": PLUGIN})
    (folder / "presets").mkdir()
    file = folder / "presets" / "calm.yaml"
    file.write_text("params:\n  size: 0\n")
    plugins = PluginFolders([tmp_path / "plugins"]).refresh()
    bound = bindings_of(load(folder, "dev", {}), plugins)
    (told,) = [str(problem) for problem in bound.problems]
    assert told.startswith("presets/calm.yaml:2:3: "), told
    file.write_text("params:\n  size: 4\n")
    bound = bindings_of(load(folder, "dev", {}), plugins)
    assert not bound.problems
    params = [binding.instance.params for binding in bound.bindings]
    assert [(one.size, one.name) for one in params] == [(4, "y"), (4, "y")]


LEGS = """\
    leg: Leg | None = field(None, help="a leg")
    legs: tuple[Leg, ...] = field((), help="legs")
"""
LEG = """\
class Leg(Spec):
    \"\"\"A leg.\"\"\"
    near: float = field(help="strikes")
    far: float = field(1.0, help="strikes")

class Params"""


@pytest.mark.parametrize(
    ("own", "preset", "place"),
    [
        ("{leg: {far: 2}}", "size: 4", "data_sources.yaml:14:14"),
        ("{leg: {far: 2}}", "leg: {far: 3}", "data_sources.yaml:14:14"),
        ("{legs: [{near: 1}, {far: 2}]}", "legs: [{near: 1}]", "data_sources.yaml:14:32"),
        ("{legs: [{far: 1}]}", "legs: [{near: 1}]", "data_sources.yaml:14:21"),
        ("{size: 4}", "legs: [{near: 1}, {far: 2}]", "presets/calm.yaml:2:21"),
    ],
)
def test_what_is_missing_in_ones_own_parameters_was_told_in_the_preset(
    tmp_path: Path, own: str, preset: str, place: str
) -> None:
    plugin = PLUGIN.replace("class Params", LEG, 1).replace(
        '    name: str = field("x", help="a name")\n', LEGS
    )
    config = f"{ENDPOINT}components:\n  first:\n    preset: calm\n    params: {own}\n"
    folder = written(tmp_path, config, {"one": plugin})
    (folder / "presets").mkdir()
    (folder / "presets" / "calm.yaml").write_text(f"params:\n  {preset}\n")
    plugins = PluginFolders([tmp_path / "plugins"]).refresh()
    bound = bindings_of(load(folder, "dev", {}), plugins)
    (told,) = [str(problem) for problem in bound.problems]
    assert told.startswith(f"{place}: 'near' is missing"), told
