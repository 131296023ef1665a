"""All files that are written from the code: `python -m quanticity.config.generate [FOLDER]`."""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import ConfigDict

from quanticity.config.catalogue import dotenv_example, feeds_catalogue
from quanticity.config.document import read
from quanticity.config.effective import resolve
from quanticity.config.json_schema import (
    json_schema_text,
    preset_schema_text,
    strategy_schema_text,
)
from quanticity.config.location import BASE_FILE
from quanticity.config.pieces import Assembler
from quanticity.config.reference import config_reference
from quanticity.config.secrets import Secrets
from quanticity.config.sections import split
from quanticity.errors import ConfigError
from quanticity.spec import Spec


class _PluginsOwn(Spec):
    """A section of a plugin, which `config schema` describes."""

    model_config = ConfigDict(extra="allow")


def generated(home: Path) -> dict[Path, str]:
    """Each generated file below `home` (the repository) and what it should say now.

    Raises ConfigError where the shipped config is wrong.
    """
    document = read(home / "config" / BASE_FILE)
    # What plugins' sections hold is theirs to describe.
    core, others = split(document.tree)
    sections = dict.fromkeys(others, _PluginsOwn)
    pieces = Assembler(document.locate, {}).assemble(core)
    problems = (*document.problems, *pieces.problems)
    if problems:
        raise ConfigError(problems)
    effective = resolve(pieces.root, Secrets({}))
    return {
        Path(".env.example"): dotenv_example(effective),
        Path("config/schema.json"): json_schema_text(sections),
        Path("config/schema.overlay.json"): json_schema_text(sections, overlay=True),
        Path("config/schema.preset.json"): preset_schema_text(),
        Path("config/schema.strategy.json"): strategy_schema_text(),
        Path("docs/reference/config.md"): config_reference(),
        Path("docs/reference/feeds.md"): feeds_catalogue(effective),
    }


def main(home: Path) -> None:
    """Write what is stale, and say which."""
    for name, text in generated(home).items():
        file = home / name
        if not file.is_file() or file.read_text("utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
            sys.stdout.write(f"wrote {name}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())
