"""What an endpoint names outside the config: transforms and contracts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from quanticity.config.lint.context import Checked, endpoint_path
from quanticity.errors import Problem
from quanticity.spec import near, validate

# Options that work with any transform, and are taken out before its own are looked at.
GENERAL_OPTIONS = frozenset({"flatten_nested", "parse_timestamps", "calculate_deltas"})
NO_CONTRACT = "none"


def check_transforms(config: Checked) -> Iterator[Problem]:
    """Unknown transforms, and options that a transform does not have."""
    known = config.known.transforms
    if known is None:
        return
    for place, endpoint in config.written():
        name = endpoint.transform
        if name is None:
            continue
        if name not in known:
            hint = near(name, known) or f"put it into transforms/{name}.py"
            at = endpoint_path(*place, "transform")
            yield config.error(at, f"there is no transform '{name}'", hint)
        elif (spec := known[name]) is not None:
            own = {
                option: value
                for option, value in endpoint.transform_config.items()
                if option not in GENERAL_OPTIONS
            }
            at = endpoint_path(*place, "transform_config")
            yield from validate(spec, own, config.locate, at)[1]


def check_contracts(config: Checked) -> Iterator[Problem]:
    """Contract files that are missing or are no JSON Schema."""
    for place, endpoint in config.written():
        if endpoint.contract is None or endpoint.contract == NO_CONTRACT:
            continue
        file = (config.folder / endpoint.contract).resolve()
        at = endpoint_path(*place, "contract")
        if not file.is_relative_to(config.folder.resolve()):
            yield config.error(at, f"'{endpoint.contract}' lies outside the config folder")
            continue
        try:
            stat = file.stat()
        except OSError:
            known = [f"contracts/{other.name}" for other in file.parent.glob("*.json")]
            hint = near(endpoint.contract, known)
            yield config.error(at, f"there is no contract '{endpoint.contract}'", hint)
            continue
        wrong = _contract_slip(file, stat.st_mtime_ns, stat.st_size)
        if wrong:
            yield config.error(at, f"'{endpoint.contract}' {wrong}")


@lru_cache(maxsize=4096)
def _contract_slip(file: Path, changed: int, size: int) -> str:
    """What is wrong with a contract file, an empty text where nothing is."""
    # Imported here: it costs more than all else of a short command.
    import jsonschema

    try:
        schema = json.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return f"cannot be read: {error}"
    except json.JSONDecodeError as error:
        return f"is not JSON: line {error.lineno} column {error.colno}: {error.msg}"
    except RecursionError:
        return "is nested too deep"
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        place = "/".join(str(part) for part in error.absolute_path) or "the top"
        return f"is no JSON Schema: at {place}: {error.message}"
    return ""
