"""What is wrong with a plugin's file or class is one line at its place, and stops no other file."""

from __future__ import annotations

from pathlib import Path

import pytest

from quanticity.runtime.loader import PluginFolders
from quanticity.runtime.misspelt import meant

GOOD = """\
from quanticity.api import Analytic, Around, At, Every, Key, OnChange, Spec, field

class Mean(Analytic):
    name = "mean"
    reads = {"book": Key("market:{symbol}:book", 10)}
    writes = {"mean": Key("analytics:mean:{symbol}")}

    def compute(self, inputs, state, now):
        return {}, state
"""
OTHER = GOOD.replace('"mean"', '"other"').replace(":mean:", ":other:")
STRATEGY = """\
from quanticity.api import Key, Strategy

class Wish(Strategy):
    name = "wish"
    reads = {"book": Key("market:{symbol}:book", 10)}
    writes = {"log": Key("logs:wish")}

    def decide(self, inputs, state, now):
        return [], None
"""
TELLER = """\
from quanticity.api import Distributor, Key, Kind

class Teller(Distributor):
    name = "teller"
    reads = {"alerts": Key("analytics:alerts", kind=Kind.EVENTS)}

    async def deliver(self, message, context):
        return None
"""
WRAPPER = """\
from quanticity.api import hookimpl

@hookimpl(wrapper=True)
def startup(context):
    yield
"""


def more(line: str, text: str = GOOD) -> str:
    """The class with one more line after its name, which is line 4."""
    head, name, rest = text.partition('name = "')
    value, quote, body = rest.partition('"')
    return f"{head}{name}{value}{quote}\n    {line}{body}"


def told(tmp_path: Path, text: str | bytes) -> list[str]:
    """The problems of a file; another beside it loads whatever stands in the first."""
    home = tmp_path / "plugins"
    home.mkdir(exist_ok=True)
    (home / "x.py").write_bytes(text if isinstance(text, bytes) else text.encode())
    (home / "y.py").write_text(OTHER)
    plugins = PluginFolders([home], installed=False).refresh()
    assert "other" in plugins.components
    return [str(problem) for problem in plugins.problems]


FILES = {
    "null bytes": ("x = 1\0\n", "x.py:1:1: not Python: source code string cannot contain null"),
    "too deep": ("(" * 5000 + ")" * 5000, "x.py:1:201: not Python: too many nested parentheses"),
    "return outside": ("x = 1\nreturn\n", "x.py:2:1: not Python: 'return' outside function"),
    "wrong import": (
        "\nfrom quanticity.api import Analytc",
        "x.py:2:1: quanticity.api has no 'Analytc'; did you mean 'Analytic'?",
    ),
    "missing dependency": (
        "import nothing_of_that_name",
        "x.py:1:1: imports nothing_of_that_name, which is not installed; install it",
    ),
    "redis": ("import redis\n" + GOOD, "x.py:1:1: imports redis; an edge is handed ports"),
    "aiohttp": ("from aiohttp import web\n", "x.py:1:1: imports aiohttp; an edge is handed"),
    "impure": ("import time\n" + GOOD, "x.py:1:1: warning: imports time: a pure function"),
    "empty": ("", "x.py:1:1: the file offers no component and no hook; derive a class"),
    "only a helper": ("def helper():\n    pass\n", "x.py:1:1: the file offers no component"),
    "no kind": (
        "from quanticity.api import Component\n\nclass C(Component):\n    name = 'c'\n",
        "x.py:3:1: C is of no kind; derive it from Analytic",
    ),
    "two of one name": (
        GOOD + GOOD.replace("class Mean", "class Again"),
        "x.py:13:5: Again has the name 'mean', and so has Mean; names of components are unique",
    ),
    "a generator that raises": (
        "def register_components():\n    yield 3\n    raise ValueError('no')\n",
        "x.py:3:1: its hook register_components raised ValueError: no",
    ),
    "no list": (
        "def register_components():\n    return 3\n",
        "x.py:1:1: register_components gave 3; return a list of component classes",
    ),
    "nothing": (
        "def register_components():\n    pass\n" + GOOD,
        "x.py:1:1: register_components gave None; return a list",
    ),
    "an instance": (
        GOOD + "\ndef register_components():\n    return [Mean({}, {})]\n",
        "x.py:11:1: register_components gave an instance of Mean",
    ),
    "a wrapper": (
        WRAPPER,
        "x.py:3:1: the hook startup wraps others",
    ),
    "a hook that yields": (
        "def startup(context):\n    yield\n",
        "x.py:1:1: the hook startup yields",
    ),
}

CLASSES = {
    "name": (GOOD.replace('= "mean"', '= "The Mean"'), "x.py:4:5: Mean cannot be named 'The Mean'"),
    "method": (
        GOOD.replace("compute", "compte"),
        "x.py:8:9: Mean has no method compute; 'compte' should be 'compute'",
    ),
    "property": (GOOD.replace("    def c", "    @property\n    def c"), "Mean.compute is property"),
    "static": (
        GOOD.replace("    def c", "    @staticmethod\n    def c"),
        "compute is staticmethod",
    ),
    "yields": (GOOD.replace("return {}", "yield {}"), "x.py:8:1: Mean.compute yields"),
    "init": (
        GOOD + "\n    def __init__(self):\n        pass\n",
        "x.py:11:1: Mean.__init__ should take (self, params, values)",
    ),
    "sync edge": (TELLER.replace("async def", "def"), "x.py:7:1: Teller.deliver should be async"),
    "no text": (GOOD.replace('Key("market:{symbol}:book", 10)', "3"), "reads['book'] is no Key"),
    "space": (
        GOOD.replace("market:", "mar ket:"),
        "x.py:5:26: Mean.reads['book'] cannot be 'mar ket:{symbol}:book'; 'mar ket' cannot stand",
    ),
    "brace": (GOOD.replace("{symbol}:book", "{symbol:book"), "'{symbol' cannot stand in a key"),
    "empty part": (GOOD.replace("market:", "market::"), "has no empty part between colons"),
    "the store's": (GOOD.replace("analytics:mean", "state:mean"), "belong to the store itself"),
    "age": (GOOD.replace('book", 10', 'book", -1'), "reads['book'] has the max_age -1; seconds"),
    "age in words": (GOOD.replace('book", 10', 'book", "10"'), "has the max_age '10'"),
    "cap": (
        GOOD.replace('mean:{symbol}"', 'mean:{symbol}", cap=0'),
        "writes['mean'] has the cap 0",
    ),
    "over": (GOOD.replace(", 10)", ', over="symbls")'), "over 'symbls', which is no parameter"),
    "one key twice": (
        GOOD.replace(")}\n\n", '), "again": Key("analytics:mean:{symbol}")}\n\n'),
        "'mean' and 'again' are one key, analytics:mean:{symbol}",
    ),
    "no writes": (
        GOOD.replace('{"mean": Key("analytics:mean:{symbol}")}', "{}"),
        "x.py:3:1: Mean writes nothing",
    ),
    "no signals": (STRATEGY, "x.py:6:5: Wish.writes leaves out the signals; write writes = {**St"),
    "latest to tell": (
        TELLER.replace(", kind=Kind.EVENTS", ""),
        "reads['alerts'] is no events key",
    ),
    "limits": (more("limits = (5, 2.0)", TELLER), "x.py:5:5: Teller.limits is (5, 2.0); pairs of"),
    "tries": (more("tries = 0", TELLER), "x.py:5:5: Teller.tries is 0; at least 1"),
    "read": (
        GOOD.replace("reads =", "read ="),
        "x.py:5:5: Mean declares 'read', which means nothing; did you mean 'reads'?",
    ),
    "params": (more("params = 3"), "x.py:5:5: Mean declares 'params', which means nothing; did y"),
    "triggers": (
        more("triggers = 3"),
        "x.py:5:5: Mean declares 'triggers'; did you mean 'trigger'",
    ),
    "no spec": (more("Params = dict"), "x.py:5:5: Mean.Params is no Spec"),
    "budget": (more("time_budget = 0"), "x.py:5:5: Mean.time_budget is 0; seconds, above zero"),
    "state": (
        more("State = type('S', (), {'__init__': lambda self, given: None})"),
        "x.py:5:5: Mean.State cannot begin empty: TypeError",
    ),
    "no trigger": (more("trigger = 3"), "x.py:5:5: Mean.trigger is 3; one of OnChange()"),
    "a class": (
        more("trigger = OnChange"),
        "trigger is the class OnChange; write it with brackets",
    ),
    "a list": (more("trigger = [OnChange()]"), "trigger is a list; round brackets"),
    "no triggers": (more("trigger = ()"), "trigger is empty: it would never run"),
    "no times": (more("trigger = At()"), "runs at no time"),
    "a time": (more("trigger = At('25:00')"), "runs at '25:00'; a time of day is \"09:45\""),
    "every": (more("trigger = Every('5')"), "runs every '5' s; seconds, 0.001 or more"),
    "session": (
        more("trigger = Every(5, ('market_hour',))"),
        "runs in the session 'market_hour'; did you mean 'market_hours'?",
    ),
    "sessions": (more("trigger = Every(5, 'weekend')"), "a tuple: ('weekend',)"),
    "around": (more("trigger = Around('clsoe')"), "runs around 'clsoe'; did you mean 'close'?"),
    "gap": (more("trigger = OnChange(at_most_every=-1)"), "runs at most every -1"),
    "never": (
        GOOD.replace('{"book": Key("market:{symbol}:book", 10)}', "{}"),
        "x.py:3:1: Mean would never run: it waits for a change and reads nothing",
    ),
}


@pytest.mark.parametrize(("text", "said"), FILES.values(), ids=FILES)
def test_a_file_that_is_wrong_is_told_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    (line,) = told(tmp_path, text)
    assert said in line


@pytest.mark.parametrize(("text", "said"), CLASSES.values(), ids=CLASSES)
def test_a_class_that_is_wrong_is_told_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    (line,) = told(tmp_path, text)
    assert said in line


def test_a_name_that_is_only_somewhat_alike_is_a_name_of_its_own(tmp_path: Path) -> None:
    text = more("grades = ('A', 'B')") + "\ndef setup():\n    pass\n"
    assert told(tmp_path, text) == []
    assert meant("raeds", ["reads"]) == meant("Reads", ["reads"]) == "reads"
    assert meant("grades", ["reads"]) is meant("weights", ["writes"]) is None
    assert meant("reads", ["read", "reads"]) is None


def test_a_hook_that_was_imported_from_elsewhere_is_not_the_files_own(tmp_path: Path) -> None:
    text = "from shutil import which as startup\n" + GOOD
    assert told(tmp_path, text) == []


def test_a_users_file_of_the_same_path_as_a_shipped_one_stopped_all_plugins(
    tmp_path: Path,
) -> None:
    homes = [tmp_path / one / "plugins" for one in ("own", "shipped")]
    for home in homes:
        home.mkdir(parents=True)
        (home / "mean.py").write_text(GOOD)
    folders = PluginFolders(homes, installed=False)
    assert list(folders.refresh().components) == ["mean"]
    assert folders.current.problems == ()


def test_a_link_to_the_folder_above_led_round_in_circles(tmp_path: Path) -> None:
    assert told(tmp_path, GOOD) == []
    (tmp_path / "plugins" / "loop").symlink_to(tmp_path / "plugins")
    assert told(tmp_path, GOOD) == []


def package(tmp_path: Path, **files: str) -> Path:
    home = tmp_path / "plugins" / "broker"
    home.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (home / f"{name}.py").write_text(text)
    return home.parent


def test_a_mistake_in_a_package_is_told_in_its_own_file(tmp_path: Path) -> None:
    home = package(tmp_path, __init__="from .inner import Mean\n", inner="\n\nraise OSError('no')")
    folders = PluginFolders([home], installed=False)
    (problem,) = folders.refresh().problems
    assert str(problem) == "plugins/broker/inner.py:3:1: OSError while loading: no"
    package(tmp_path, inner=GOOD.replace("compute", "compte"))
    (problem,) = folders.refresh().problems
    assert str(problem).startswith("plugins/broker/inner.py:8:9: Mean has no method compute")
    package(tmp_path, inner=GOOD + "\nfrom quanticity.store import ports\n")
    (problem,) = folders.refresh().problems
    assert str(problem).startswith("plugins/broker/inner.py:11:1: imports quanticity.store")


def test_one_digit_changed_within_a_second_in_a_package_went_unseen(tmp_path: Path) -> None:
    home = package(tmp_path, __init__="from .inner import Mean\n", inner=more("VALUE = 1"))
    folders = PluginFolders([home], installed=False)
    for value in range(1, 6):
        package(tmp_path, inner=more(f"VALUE = {value}"))
        mean = folders.refresh().components["mean"]
        assert vars(mean)["VALUE"] == value
    assert not list(home.rglob("*.pyc"))
