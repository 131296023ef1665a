"""Writes again what is generated: `python -m tools.reference`; tests compare with `GENERATED`.

The commands come from the command line itself, figures from their schedules, and the pages of
config fields and the editor schema from the one declaration of each field.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from tools.fault_reference import faults_page
from tools.figures import windows
from tools.plugin_reference import plugins_page
from tools.quant_reference import quant_page
from tools.scenario_reference import scenarios_page

ROOT = Path(__file__).parents[1]

_COMMANDS_HEAD = """# Commands

Generated from the command line's own declarations. `python main.py` and the installed
`quanticity` are the same; without a command it is `run`.

Exit status: 0 done, 1 problems that the output names, 2 wrong usage. Data go to standard output,
problems to standard error. With `--format json` one JSON document is printed:
[its fields](../json-output.md).
"""


def commands_page() -> str:
    """The reference of all commands, as Markdown."""
    import typer.main

    from quanticity.cli.commands import app_of

    root: Any = typer.main.get_command(app_of())
    return _COMMANDS_HEAD + "".join(_command(root, []))


def _command(command: Any, words: list[str]) -> list[str]:
    if hasattr(command, "commands"):
        parts = [
            _command(child, [*words, name]) for name, child in sorted(command.commands.items())
        ]
        # A group that does something by itself is a command, too.
        own = _one(command, words) if words and command.invoke_without_command else []
        return own + [line for part in parts for line in part]
    return _one(command, words)


def _one(command: Any, words: list[str]) -> list[str]:
    name = " ".join(words)
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    options = [
        param
        for param in command.params
        if param.param_type_name == "option" and not getattr(param, "hidden", False)
    ]
    usage = " ".join(
        [name, *(_argument(param) for param in arguments), "[OPTIONS]" * bool(options)]
    )
    lines = [f"\n## {name}\n\n", f"```text\nquanticity {usage.strip()}\n```\n\n"]
    lines.append(f"{_paragraphs(command.help)}\n")
    rows = [(_argument(param), getattr(param, "help", "")) for param in arguments]
    rows += [(_option(param), param.help or "") for param in options]
    if rows:
        lines.append("\n| | |\n|---|---|\n")
        lines += [f"| `{left}` | {_cell(right)} |\n" for left, right in rows]
    if command.epilog:
        lines.append(f"\n{command.epilog.replace('Example: ', 'Example: `', 1)}`\n")
    return lines


def _argument(param: Any) -> str:
    shown = str(param.metavar or param.name.upper())
    return shown if param.required else f"[{shown.strip('[]')}]"


def _option(param: Any) -> str:
    words = ", ".join([*param.opts, *param.secondary_opts])
    if param.is_flag:
        return words
    if param.metavar:
        return f"{words} {param.metavar}"
    kind = param.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"{words} {{{','.join(str(choice.value) for choice in kind)}}}"
    return f"{words} {param.name.upper()}"


def _paragraphs(text: str | None) -> str:
    return "\n".join(line.strip() for line in (text or "").strip().splitlines())


def _cell(text: str) -> str:
    return (text or "").replace("|", "\\|").replace("\n", " ")


@cache
def _of_config() -> dict[Path, str]:
    from quanticity.config.generate import generated

    return generated(ROOT)


def _config_file(name: str) -> tuple[Path, Callable[[], str]]:
    return ROOT / name, lambda: _of_config()[Path(name)]


# Everything that is generated: where it stands, and what writes it.
GENERATED: dict[Path, Callable[[], str]] = {
    ROOT / "docs" / "images" / "windows.svg": windows,
    ROOT / "docs" / "reference" / "commands.md": commands_page,
    ROOT / "docs" / "reference" / "faults.md": faults_page,
    ROOT / "docs" / "reference" / "plugins.md": plugins_page,
    ROOT / "docs" / "reference" / "quant.md": quant_page,
    ROOT / "docs" / "reference" / "scenarios.md": scenarios_page,
    **dict(
        _config_file(name)
        for name in (
            "config/schema.json",
            "config/schema.overlay.json",
            "docs/reference/config.md",
            "docs/reference/feeds.md",
        )
    ),
}


def main() -> None:
    """Write every generated file whose content changed."""
    for path, write in GENERATED.items():
        content = write()
        if not path.is_file() or path.read_text(encoding="utf-8") != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
