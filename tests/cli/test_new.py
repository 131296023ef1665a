"""`new` where there is no config to write into."""

from __future__ import annotations

from pathlib import Path

import pytest

from quanticity.cli.new import _own
from quanticity.config.location import find_config
from quanticity.errors import ConfigError


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
