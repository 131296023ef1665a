import pytest

from quanticity.config.module_file import load_module
from quanticity.errors import ConfigError
from quanticity.spec import Spec

TAKES = "def transform(payload, config, state):\n    return payload, state\n"


def load(tmp_path, source):
    return load_module(tmp_path / "transforms" / "x.py", source.encode(), "transforms/x.py")


def told(tmp_path, source):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, source)
    return [str(one) for one in caught.value.problems]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = (\n", "transforms/x.py:1:5: not Python: '(' was never closed"),
        (
            "x = 1\n\nx = y\n",
            "transforms/x.py:3:1: NameError while loading: name 'y' is not defined",
        ),
        ("import sys\nsys.exit(3)\n", "transforms/x.py:2:1: SystemExit while loading: 3"),
        ("raise KeyboardInterrupt\n", "transforms/x.py:1:1: KeyboardInterrupt while loading"),
        ("def f():\n    1 / 0\nf()\n", "transforms/x.py:2:1: ZeroDivisionError while loading"),
        ("import quanticity.store\n" + TAKES, "transforms/x.py:1:1: imports quanticity.store"),
        ("from quanticity import errors\n" + TAKES, "imports quanticity.errors"),
        ("from . import y\n" + TAKES, "imports a file beside it; each file stands alone"),
        ("import transforms.y\n" + TAKES, "imports a file beside it"),
        (
            "def f():\n    from quanticity.logs import logger\n" + TAKES,
            "transforms/x.py:2:5: imports",
        ),
        ("x = 1\n", "the file offers no function; mark one with @transform"),
        ("async " + TAKES, "'x' is async; a transform is a plain function"),
        ("def transform(payload):\n    return payload\n", "'x' should take three arguments"),
        ("x = '\0'\n", "not Python"),
        (
            "import nowhere_to_be_found\n" + TAKES,
            "imports nowhere_to_be_found, which is not installed",
        ),
    ],
)
def test_what_does_not_load_is_told_with_its_line(tmp_path, source, said):
    (problem,) = told(tmp_path, source)
    assert said in problem


@pytest.mark.parametrize("name", ["time", "random", "aiohttp", "socket", "os"])
def test_what_a_pure_function_has_no_use_for_is_a_warning(tmp_path, name):
    (warning,) = load(tmp_path, f"import {name}\n{TAKES}").warnings
    assert f"warning: imports {name}: a pure function has no clock" in str(warning)


def test_the_api_and_what_is_pure_may_be_imported(tmp_path):
    source = "import math\nfrom datetime import date\nfrom quanticity.api import Spec, field\n"
    module = load(tmp_path, source + TAKES)
    assert module.warnings == ()
    assert list(module.functions) == ["x"]


def test_options_are_a_spec_of_the_file(tmp_path):
    source = """
from __future__ import annotations
from quanticity.api import Spec, field

class Options(Spec):
    depth: int = field(3, help="how deep")

"""
    options = load(tmp_path, source + TAKES).options
    assert options is not None
    assert issubclass(options, Spec)
    assert options.model_validate({}).depth == 3


def test_two_loads_of_one_file_do_not_share_anything(tmp_path):
    one, other = load(tmp_path, "seen = []\n" + TAKES), load(tmp_path, "seen = []\n" + TAKES)
    assert one.module.__name__ != other.module.__name__
    assert one.module.seen is not other.module.seen


def test_imported_functions_are_not_the_files_own(tmp_path):
    source = (
        "from quanticity.api import transform\n@transform\ndef mine(a, b, c):\n    return a, c\n"
    )
    assert list(load(tmp_path, source).functions) == ["mine"]
