import os
import sys

import pytest

from quanticity.config.modules import ModuleFolders

GOOD = "def transform(payload, config, state):\n    return {n}, state\n"
MARKED = """\
from quanticity.api import transform

@transform
def {name}(payload, config, state):
    return "{name}", state

def helper(x):
    return x
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "transforms"
    made.mkdir()
    return made


def call(modules, name):
    return modules.functions[name](None, {}, None)[0]


def test_a_function_called_transform_takes_the_files_name(folder):
    (folder / "parse_gex.py").write_text(GOOD.format(n=1))
    modules = ModuleFolders([folder]).refresh()
    assert modules.problems == ()
    assert list(modules.functions) == ["parse_gex"]
    assert modules.files["parse_gex"] == folder / "parse_gex.py"


def test_marked_functions_take_their_own_and_others_stay_inside(folder):
    (folder / "flow.py").write_text(MARKED.format(name="one") + MARKED.format(name="two"))
    modules = ModuleFolders([folder]).refresh()
    assert set(modules.functions) == {"one", "two"}


def test_two_files_with_one_name_are_a_problem_of_the_second(folder):
    (folder / "a.py").write_text(MARKED.format(name="same"))
    (folder / "b.py").write_text(MARKED.format(name="same"))
    modules = ModuleFolders([folder]).refresh()
    assert [str(one) for one in modules.problems] == [
        (
            "transforms/b.py:3:1: 'same' is defined in transforms/a.py too;"
            " names of transforms are unique"
        ),
    ]
    assert modules.files["same"].name == "a.py"


def test_an_earlier_folder_has_the_say_on_a_name(folder, tmp_path):
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (folder / "x.py").write_text(GOOD.format(n='"mine"'))
    (shipped / "x.py").write_text(GOOD.format(n='"shipped"'))
    (shipped / "y.py").write_text(GOOD.format(n='"shipped"'))
    modules = ModuleFolders([folder, shipped]).refresh()
    assert modules.problems == ()
    assert (call(modules, "x"), call(modules, "y")) == ("mine", "shipped")


def test_only_what_changed_is_loaded_again(folder):
    (folder / "a.py").write_text(GOOD.format(n=1))
    (folder / "b.py").write_text(GOOD.format(n=1))
    folders = ModuleFolders([folder])
    first = folders.refresh()
    (folder / "b.py").write_text(GOOD.format(n=2))
    second = folders.refresh()
    assert second.functions["a"] is first.functions["a"]
    assert call(second, "b") == 2
    assert call(first, "b") == 1  # who holds the old one goes on with it


def test_a_file_that_breaks_keeps_what_it_gave_and_is_told_each_time(folder):
    (folder / "a.py").write_text(GOOD.format(n=1))
    folders = ModuleFolders([folder])
    folders.refresh()
    (folder / "a.py").write_text("raise RuntimeError('boom')\n")
    for _ in range(2):
        modules = folders.refresh()
        assert call(modules, "a") == 1
        assert [str(one) for one in modules.problems] == [
            "transforms/a.py:1:1: RuntimeError while loading: boom"
        ]
    (folder / "a.py").write_text(GOOD.format(n=3))
    modules = folders.refresh()
    assert modules.problems == ()
    assert call(modules, "a") == 3


def test_a_broken_file_hides_no_other(folder):
    (folder / "a.py").write_text("def (")
    (folder / "b.py").write_text(GOOD.format(n=1))
    modules = ModuleFolders([folder]).refresh()
    assert list(modules.functions) == ["b"]
    assert len(modules.problems) == 1


def test_a_broken_file_is_run_once_and_not_at_every_look(folder, tmp_path):
    mark = tmp_path / "ran"
    (folder / "a.py").write_text(
        f"with open({str(mark)!r}, 'a') as f:\n    f.write('x')\nraise ValueError\n"
    )
    folders = ModuleFolders([folder])
    folders.refresh()
    folders.refresh()
    assert mark.read_text() == "x"


def test_a_deleted_file_is_gone(folder):
    (folder / "a.py").write_text(GOOD.format(n=1))
    folders = ModuleFolders([folder])
    folders.refresh()
    (folder / "a.py").unlink()
    assert folders.refresh().functions == {}


def test_an_edit_that_takes_a_name_keeps_the_old_file(folder):
    (folder / "a.py").write_text(MARKED.format(name="one"))
    (folder / "b.py").write_text(MARKED.format(name="two"))
    folders = ModuleFolders([folder])
    folders.refresh()
    (folder / "b.py").write_text(MARKED.format(name="one"))
    modules = folders.refresh()
    assert set(modules.functions) == {"one", "two"}
    assert len(modules.problems) == 1


def test_private_files_and_missing_folders_are_no_matter(folder, tmp_path):
    (folder / "_draft.py").write_text("def (")
    (folder / "__init__.py").write_text("")
    modules = ModuleFolders([folder, tmp_path / "none"]).refresh()
    assert (modules.functions, modules.problems) == ({}, ())


def test_reloading_leaves_no_modules_behind(folder):
    folders = ModuleFolders([folder])
    before = set(sys.modules)
    for n in range(5):
        (folder / "a.py").write_text(GOOD.format(n=n))
        folders.refresh()
    assert len(set(sys.modules) - before) == 1


def test_modules_that_clash_are_forgotten(folder):
    (folder / "a.py").write_text(MARKED.format(name="same"))
    (folder / "b.py").write_text(MARKED.format(name="same"))
    folders = ModuleFolders([folder])
    folders.refresh()
    before = set(sys.modules)
    for _ in range(3):
        folders.refresh()
    assert set(sys.modules) == before


@pytest.mark.parametrize("kind", ["a FIFO", "/dev/zero"])
def test_a_transform_that_is_no_plain_file_was_waited_for(folder, kind, request):
    """It was waited for, or read, without end; what the file gave before goes on."""
    file = folder / "gex.py"
    file.write_text(GOOD.format(n=1))
    folders = ModuleFolders([folder])
    folders.refresh()
    file.unlink()
    # hypothesis reads the file of every module that is loaded, in whatever test comes next.
    request.addfinalizer(file.unlink)
    if kind == "a FIFO":
        os.mkfifo(file)
    else:
        file.symlink_to(kind)
    modules = folders.refresh()
    assert call(modules, "gex") == 1
    assert [str(one) for one in modules.problems] == [
        "transforms/gex.py: cannot be read: it is not a plain file"
    ]
