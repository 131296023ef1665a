"""`new` where there is no config to write into."""

from __future__ import annotations

from pathlib import Path

import pytest

from quanticity.cli.new import _own
from quanticity.config.location import find_config
from quanticity.errors import ConfigError
from tests.cli.asked import SMALL, ask, project


def test_in_a_folder_without_a_config_it_wrote_into_the_program(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        _own(find_config(start=tmp_path))
    (problem,) = refused.value.problems
    assert str(problem) == (
        "there is no config/data_sources.yaml in this folder, and nothing was written; "
        "write 'data_sources: {}' into config/data_sources.yaml to begin one, or give --config"
    )
    base = tmp_path / "config" / "data_sources.yaml"
    base.parent.mkdir()
    base.write_text("data_sources: {}\n")
    assert _own(find_config(start=tmp_path)).base == base


def test_what_it_said_to_type_next_was_about_another_config(tmp_path: Path) -> None:
    config = project(tmp_path / "mine", "data_sources: {}\n")
    words = ("--config", str(config))
    said = ask("new", "feed", "vendor.quote", "--new-source", *words, cwd=tmp_path)
    assert said.status == 0, said
    assert f"check --config {config} && " in said.out
    assert f"probe vendor.quote --config {config}" in said.out
    made = ask("new", "transform", "totals", *words, cwd=tmp_path)
    assert "-m pytest mine/tests/transforms/test_totals.py" in made.out


def test_a_file_without_a_place_for_the_feed_was_no_failure(tmp_path: Path) -> None:
    flow = 'data_sources: {vendor: {base_url: "https://x"}}\n'
    base = project(tmp_path, flow) / "data_sources.yaml"
    said = ask("new", "feed", "vendor.quote", cwd=tmp_path)
    assert said.status == 1
    assert "put it in by hand" in said.err
    assert base.read_text() == flow


def test_the_lines_of_a_new_feed_were_wider_than_a_terminal(tmp_path: Path) -> None:
    project(tmp_path, SMALL)
    for words in (["unusual_whales.quote"], ["vendor.quote", "--new-source"]):
        said = ask("new", "feed", *words, "--print", cwd=tmp_path)
        assert said.status == 0
        assert max(map(len, said.out.splitlines())) <= 80


def test_a_new_strategys_file_was_said_to_stand_beside_the_config_folder(tmp_path: Path) -> None:
    project(tmp_path, SMALL)
    said = ask("new", "strategy", "mine", cwd=tmp_path)
    assert said.status == 0, said
    named = [line.removeprefix("✓ ") for line in said.out.splitlines() if line.startswith("✓ ")]
    assert "config/strategies/mine.yaml" in named
    assert all((tmp_path / name).is_file() for name in named)
    assert "set enabled: true in config/strategies/mine.yaml" in said.out
