import os
import subprocess
import sys
from pathlib import Path

import pytest

from quanticity.config.location import find_config
from quanticity.config.modules import ModuleFolders
from quanticity.config.scaffold import new_feed, new_transform
from quanticity.errors import ConfigError
from tests.config.project import ENDPOINT


def test_a_new_feed_is_added_and_every_other_byte_stays(project):
    text = "# mine\n" + ENDPOINT + "\n# the end\nstore: {pool_size: 5}   # kept\n"
    file = project.base(text)
    made = new_feed(find_config(project.folder), "uw.depth")
    after = file.read_text()
    assert made.path == file
    assert after.replace(made.block, "") == text
    assert after.splitlines()[made.line - 1] == "      depth:"
    assert project.told() == []
    assert project.load().effective.find("uw.depth").off == "disabled in the config"


def test_a_new_feed_had_another_prefix_than_all_keys_of_its_source(project):
    project.base(ENDPOINT.replace("  uw:", "  unusual_whales:"))
    made = new_feed(find_config(project.folder), "unusual_whales.depth")
    assert 'redis_key: "raw:uw:depth:{symbol}"' in made.block
    fresh = new_feed(find_config(project.folder), "acme.depth", new_source=True)
    assert 'redis_key: "raw:acme:depth:{symbol}"' in fresh.block


def test_a_new_feed_that_is_turned_on_runs(project):
    file = project.base(ENDPOINT)
    new_feed(find_config(project.folder), "uw.depth")
    file.write_text(file.read_text().replace("enabled: false", "enabled: true "))
    assert project.told() == []
    assert {one.name for one in project.load().effective.running()} == {"quote", "depth"}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("uww.depth", "there is no source 'uww'; did you mean 'uw'? For a new vendor"),
        ("vendor.depth", "there is no source 'vendor'; there are uw; for a new vendor"),
    ],
)
def test_a_misspelt_source_does_not_become_a_new_vendor(project, name, hint):
    file = project.base(ENDPOINT)
    with pytest.raises(ConfigError) as caught:
        new_feed(find_config(project.folder), name)
    assert hint in str(caught.value)
    assert "--new-source" in str(caught.value)
    assert file.read_text() == ENDPOINT


def test_a_source_that_is_there_cannot_be_begun_anew(project):
    project.base(ENDPOINT)
    with pytest.raises(ConfigError, match="the source 'uw' is there already; leave --new-source"):
        new_feed(find_config(project.folder), "uw.depth", new_source=True)


def test_a_new_source_is_added_where_it_is_asked_for(project):
    project.base(ENDPOINT)
    new_feed(find_config(project.folder), "vendor.depth", new_source=True)
    assert project.told() == []
    assert set(project.load().effective.sources) == {"uw", "vendor"}


def test_an_empty_config_gets_its_first(project):
    project.base("# nothing yet")
    new_feed(find_config(project.folder), "vendor.depth", new_source=True)
    assert project.told() == []
    assert project.load().effective.find("vendor.depth") is not None


def test_without_writing_the_block_is_only_given(project):
    file = project.base(ENDPOINT)
    made = new_feed(find_config(project.folder), "uw.depth", write=False)
    assert file.read_text() == ENDPOINT
    # As deep as it would stand there: it is pasted as it is.
    assert made.block.startswith("      depth:\n        description:")


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("data_sources: {uw: {base_url: 'https://x', endpoints: {}}}\n", False),
        ("data_sources: {av: {base_url: 'https://x'}}\n", True),
    ],
)
def test_a_file_without_a_safe_place_is_left_alone(project, text, new):
    file = project.base(text)
    made = new_feed(find_config(project.folder), "uw.depth", new_source=new)
    assert file.read_text() == text
    assert made.path is None
    assert "put it in by hand" in made.why


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("depth", "'depth' names no source; for example uw.depth"),
        ("Bad-Name", "'Bad-Name' names no source; for example uw.bad_name"),
        ("Class", "'Class' names no source; for example uw.quote"),
        ("uw.quote", "data_sources.yaml:5:7: 'uw.quote' is there already"),
        ("uw.De pth", "'De pth' cannot be a name"),
        (
            "uw.class",
            "'class' cannot be a name; it is a word of Python's, another one can be: 'class_'",
        ),
        ("uw.a.b", "'a.b' cannot be a name"),
    ],
)
def test_a_name_must_be_free_and_a_name(project, name, said):
    project.base(ENDPOINT)
    with pytest.raises(ConfigError) as caught:
        new_feed(find_config(project.folder), name)
    assert said in str(caught.value)


def test_a_config_with_broken_yaml_is_told_and_left_alone(project):
    file = project.base("a: [\n")
    with pytest.raises(ConfigError, match="broken YAML"):
        new_feed(find_config(project.folder), "uw.depth")
    assert file.read_text() == "a: [\n"


def test_a_new_transform_loads_and_its_test_passes(project):
    project.base(ENDPOINT)
    source, test = new_transform(find_config(project.folder), "depth_rows")
    assert source == project.home / "transforms" / "depth_rows.py"
    assert test == project.home / "tests" / "transforms" / "test_depth_rows.py"
    modules = ModuleFolders([source.parent]).refresh()
    assert modules.problems == ()
    assert list(modules.functions) == ["depth_rows"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)],
        cwd=project.home,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_transform_that_is_there_is_not_overwritten(project):
    project.base(ENDPOINT)
    project.write("../transforms/mine.py", "# precious\n")
    with pytest.raises(ConfigError, match=r"transforms/mine\.py: is there already"):
        new_transform(find_config(project.folder), "mine")
    assert (project.home / "transforms" / "mine.py").read_text() == "# precious\n"
