"""A project as a person has it: a config, plugins and strategies in their folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

NONE: Mapping[str, str] = {}


def project(
    home: Path, config: str, plugins: Mapping[str, str], strategies: Mapping[str, str] = NONE
) -> Path:
    """Write one into `home`, files by their names without an ending; returns its config folder."""
    folder = home / "config"
    (folder / "env").mkdir(parents=True)
    (folder / "env" / "dev.yaml").write_text("environment: dev\n")
    (folder / "data_sources.yaml").write_text(config)
    (folder / "strategies").mkdir()
    for name, text in strategies.items():
        (folder / "strategies" / f"{name}.yaml").write_text(text)
    (home / "plugins").mkdir()
    for name, text in plugins.items():
        (home / "plugins" / f"{name}.py").write_text(text)
    return folder
