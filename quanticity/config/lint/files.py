"""What an endpoint names outside the config: transforms and contracts."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import xxhash

from quanticity.config.lint.context import Checked, Place, endpoint_path
from quanticity.config.plain_schema import is_plainly_valid
from quanticity.config.schema import Endpoint, Root
from quanticity.config.schema_refs import slip_of_references
from quanticity.errors import Problem
from quanticity.plain_file import read_plain
from quanticity.spec import near, validate

# Options that work with any transform, and are taken out before its own are looked at.
GENERAL_OPTIONS = frozenset(
    {"field_map", "flatten_nested", "parse_timestamps", "numbers", "calculate_deltas"}
)
NO_CONTRACT = "none"
_NEARLY = 0.8


def check_transforms(config: Checked) -> Iterator[Problem]:
    """Unknown transforms, and options that a transform does not have."""
    known = config.known.transforms
    for place, endpoint in config.written():
        if known is None:
            continue
        name = endpoint.transform
        yield from _unknown_options(config, place, endpoint)
        if name is None:
            continue
        if name not in known and name in config.known.unloaded:
            # It is there; what keeps it from loading is the one mistake.
            yield from config.known.unloaded[name]
        elif name not in known:
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


def _unknown_options(config: Checked, place: Place, endpoint: Endpoint) -> Iterator[Problem]:
    """Options that nothing reads: without a transform, only the general ones mean anything.

    A transform without a spec may read any; of those only a near miss is told.
    """
    name = endpoint.transform
    own = config.known.transforms or {}
    if name is not None and own.get(name) is not None:
        return
    for option in endpoint.transform_config:
        at = endpoint_path(*place, "transform_config", option)
        if option in GENERAL_OPTIONS:
            continue
        if name is None:
            hint = near(option, GENERAL_OPTIONS) or "name the transform that reads it"
            yield config.error(at, f"unknown option '{option}'", hint)
        elif difflib.get_close_matches(option, GENERAL_OPTIONS, n=1, cutoff=_NEARLY):
            hint = near(option, GENERAL_OPTIONS)
            yield config.warning(at, f"'{option}' is an option of '{name}' only", hint)


def check_contracts(config: Checked) -> Iterator[Problem]:
    """Contract files that are missing or are no JSON Schema."""
    said: dict[str, tuple[str, str]] = {}
    for place, endpoint in config.written():
        name = endpoint.contract
        if name is None or name == NO_CONTRACT:
            continue
        if name not in said:
            said[name] = _contract(config.folder, name)
        message, hint = said[name]
        if message:
            yield config.error(endpoint_path(*place, "contract"), message, hint)


def _contract(folder: Path, name: str) -> tuple[str, str]:
    """What is wrong with a contract, and what may have been meant; empty where nothing is."""
    file = folder / name
    try:
        # realpath, because resolve raises for a link that leads to itself.
        if not Path(os.path.realpath(file)).is_relative_to(os.path.realpath(folder)):
            return f"'{name}' lies outside the config folder", ""
        stat = file.stat()
    except (OSError, ValueError):
        known = [other.relative_to(folder).as_posix() for other in folder.glob("contracts/*.json")]
        return f"there is no contract '{name}'", near(name, known)
    wrong = _contract_slip(file, stat.st_mtime_ns, stat.st_size)
    return (f"'{name}' {wrong}" if wrong else ""), ""


def contract_hashes(folder: Path, root: Root) -> dict[str, str]:
    """The contracts that endpoints name, each with a hash (hex) of its bytes."""
    named = {
        endpoint.contract
        for source in root.data_sources.values()
        for endpoint in source.endpoints.values()
        if endpoint.contract not in (None, NO_CONTRACT)
    }
    found: dict[str, str] = {}
    for name in named:
        file = folder / str(name)
        try:
            stat = file.stat()
            found[str(name)] = _hash(file, stat.st_mtime_ns, stat.st_size)
        except OSError:
            continue
    return found


@lru_cache(maxsize=4096)
def _hash(file: Path, changed: int, size: int) -> str:
    return xxhash.xxh3_64_hexdigest(read_plain(file))


@lru_cache(maxsize=4096)
def _contract_slip(file: Path, changed: int, size: int) -> str:
    """What is wrong with a contract file, an empty text where nothing is."""
    try:
        schema = json.loads(read_plain(file))
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    except UnicodeDecodeError as error:
        return f"cannot be read: {error}"
    except json.JSONDecodeError as error:
        return f"is not JSON: line {error.lineno} column {error.colno}: {error.msg}"
    except RecursionError:
        return "is nested too deep"
    if is_plainly_valid(schema):
        return slip_of_references(schema)
    # Imported here: it costs more than all else of a short command.
    import jsonschema

    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        place = "/".join(str(part) for part in error.absolute_path) or "the top"
        return f"is no JSON Schema: at {place}: {error.message}"
    return slip_of_references(schema)
