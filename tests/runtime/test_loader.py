"""Plugins: each file on its own, each mistake with its line, the old kept while a new one fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from quanticity.runtime.loader import PluginFolders, Plugins

GOOD = '''
from quanticity.api import Analytic, Key

class Mean(Analytic):
    """The mean."""
    name = "mean"
    reads = {"book": Key("market:{symbol}:book", 10)}
    writes = {"mean": Key("analytics:mean:{symbol}", ttl=60)}

    def compute(self, inputs, state, now):
        return {"mean": {"mean": 1}}, state
'''


def folder(tmp_path: Path, **files: str) -> PluginFolders:
    home = tmp_path / "plugins"
    for name, text in files.items():
        path = home / "analytics" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return PluginFolders([home], installed=False)


def told(plugins: Plugins) -> list[str]:
    return [str(problem) for problem in plugins.problems]


def test_a_file_dropped_in_is_loaded_and_others_are_left_alone(tmp_path: Path) -> None:
    plugins = folder(tmp_path, mean=GOOD, broken="def (", _helper="raise SystemExit").refresh()
    assert list(plugins.components) == ["mean"]
    assert plugins.files["mean"] == "plugins/analytics/mean.py"
    (problem,) = told(plugins)
    assert problem.startswith("plugins/analytics/broken.py:1:5: not Python:")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nothing_of_that_name", "x.py:1:1: imports nothing_of_that_name, which is not"),
        ("\nfrom quanticity.store import ports", "x.py:2:1: imports quanticity.store"),
        ("\n\nraise ValueError('no')", "x.py:3:1: ValueError while loading: no"),
        ("import sys\nsys.exit(3)", "x.py:2:1: SystemExit while loading"),
        (GOOD.replace('name = "mean"', ""), "Mean has no name"),
        (GOOD.replace("compute", "compte"), "has no method compute; 'compte' should be"),
        (GOOD.replace("def compute", "async def compute"), "compute should be def, not async"),
        (GOOD.replace("inputs, state, now)", "inputs, state)"), "should take (self, inputs, st"),
        (GOOD.replace('Key("market:{symbol}:book", 10)', '"market"'), "reads['book'] is no Key"),
        (GOOD.replace("reads =", "raeds ="), "'raeds', which means nothing; did you mean 'reads'?"),
        (
            GOOD.replace("Analytic, Key", "Analytic, Every, Key").replace(
                'name = "mean"', 'name = "mean"; trigger = Every(0)'
            ),
            "runs every 0 s",
        ),
        (
            GOOD.replace("Analytic, Key", "Analytic, OnChange, Key").replace(
                'name = "mean"', 'name = "mean"; trigger = OnChange("bok")'
            ),
            "has a trigger on 'bok', which it does not read; did you mean 'book'?",
        ),
        ("async def startup(context):\n    pass", "x.py:1:1: the hook startup is async"),
        ("def start_up(context):\n    pass", "nearly the name of a hook, and none"),
        (
            "from quanticity.api import hookimpl\n@hookimpl\ndef statrup(context):\n    pass",
            "'statrup' is no hook; did you mean 'startup'?",
        ),
        ("def startup(contxt):\n    pass", "asks for 'contxt'; it is given context"),
        ("def register_components():\n    raise OSError('x')", "its hook register_components rais"),
        ("def register_components():\n    return [3]", "gave 3, which is no component class"),
    ],
)
def test_each_mistake_is_one_clear_line(tmp_path: Path, text: str, said: str) -> None:
    plugins = folder(tmp_path, x=text, mean=GOOD.replace('"mean"', '"other"')).refresh()
    assert "other" in plugins.components
    lines = told(plugins)
    assert any(said in line for line in lines), lines
    assert all(line.startswith("plugins/analytics/x.py:") for line in lines)


def test_a_hook_may_register_what_the_file_does_not_define_plainly(tmp_path: Path) -> None:
    text = GOOD.replace("class Mean", "class _Mean").replace('name = "mean"', 'name = "made"')
    text += "\ndef register_components():\n    return [_Mean]\n"
    assert list(folder(tmp_path, x=text).refresh().components) == ["made"]


def test_two_files_with_one_name_are_told_and_the_first_stands(tmp_path: Path) -> None:
    plugins = folder(tmp_path, a=GOOD, b=GOOD).refresh()
    assert plugins.files["mean"] == "plugins/analytics/a.py"
    (problem,) = told(plugins)
    assert "the component 'mean' is in plugins/analytics/a.py too" in problem


def test_a_change_loads_only_that_file_and_a_bad_one_keeps_the_old(tmp_path: Path) -> None:
    folders = folder(tmp_path, a=GOOD, b=GOOD.replace('"mean"', '"other"'))
    first = folders.refresh().components
    file = tmp_path / "plugins" / "analytics" / "a.py"
    file.write_text(GOOD.replace('{"mean": 1}', '{"mean": 2}'))
    second = folders.refresh().components
    assert second["mean"] is not first["mean"]
    assert second["other"] is first["other"]
    file.write_text("class (")
    third = folders.refresh()
    assert third.components["mean"] is second["mean"]
    assert len(third.problems) == 1
    file.unlink()
    assert "mean" not in folders.refresh().components


def test_a_users_component_stands_before_a_shipped_one_of_its_name(tmp_path: Path) -> None:
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    for home, value in ((own, 1), (shipped, 2)):
        home.mkdir()
        (home / "mean.py").write_text(GOOD + f"\n    VALUE = {value}\n")
    plugins = PluginFolders([own, shipped], installed=False).refresh()
    assert plugins.components["mean"].VALUE == 1  # type: ignore[attr-defined]
    assert plugins.problems == ()


def test_a_folder_with_an_init_is_one_plugin_with_modules_of_its_own(tmp_path: Path) -> None:
    home = tmp_path / "plugins" / "broker"
    home.mkdir(parents=True)
    (home / "__init__.py").write_text("from .inner import Mean\n")
    (home / "inner.py").write_text(GOOD)
    plugins = PluginFolders([tmp_path / "plugins"], installed=False).refresh()
    assert list(plugins.components) == ["mean"]


def test_a_fifo_in_a_package_of_plugins_was_waited_for(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """And one in place of a plugin's file took the plugin away without a word."""
    home = tmp_path / "plugins" / "broker"
    home.mkdir(parents=True)
    (home / "__init__.py").write_text("from .inner import Mean\n")
    (home / "inner.py").write_text(GOOD)
    (home / ".#inner.py").symlink_to("an editor's mark, which leads nowhere")
    folders = folder(tmp_path, other=GOOD.replace('"mean"', '"other"'))
    first = folders.refresh()
    assert first.problems == ()
    for file in (home / "inner.py", tmp_path / "plugins" / "analytics" / "other.py"):
        file.unlink()
        # hypothesis reads the file of every module that is loaded, in whatever test comes next.
        request.addfinalizer(file.unlink)
        os.mkfifo(file)
    second = folders.refresh()
    assert second.components == first.components
    assert told(second) == [
        "plugins/analytics/other.py: cannot be read: it is not a plain file",
        "plugins/broker/inner.py: cannot be read: it is not a plain file",
    ]


def test_hooks_are_called_one_by_one_and_one_that_raises_is_named(tmp_path: Path) -> None:
    folders = folder(
        tmp_path,
        a="def startup(context):\n    raise OSError('no')",
        b="def startup(context):\n    return context['environment']",
    )
    assert folders.refresh().problems == ()
    results = {
        plugin: (result, problem)
        for plugin, result, problem in folders.hooks.call(
            "startup", context={"environment": "demo"}
        )
    }
    assert results["plugins/analytics/b.py"] == ("demo", None)
    problem = results["plugins/analytics/a.py"][1]
    assert str(problem) == "plugins/analytics/a.py:2:1: its hook startup raised OSError: no"


def test_what_ships_loads_without_a_word() -> None:
    shipped = Path(__file__).parents[2] / "plugins"
    plugins = PluginFolders([shipped], installed=False).refresh()
    assert plugins.problems == ()
    assert {"exposure", "book_quality", "gamma_scalp_0dte", "discord"} <= set(plugins.components)
