"""The JSON Schema that editors complete and check the config by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from quanticity.config.schema import Root
from quanticity.config.schema.components import Preset, StrategyFile
from quanticity.spec import Spec

_REFERENCE = {"type": "string", "pattern": r"\$\{"}
_NULL = {"type": "null"}
_PLAIN_TYPES = ("integer", "number", "boolean")


def json_schema(
    sections: Mapping[str, type[Spec]] | None = None, *, overlay: bool = False
) -> dict[str, Any]:
    """The schema of `data_sources.yaml`, or of an overlay.

    In an overlay nothing is required, and null removes. `sections` are those of
    plugins, by name.
    """
    schema = Root.model_json_schema(by_alias=True)
    definitions = schema.setdefault("$defs", {})
    for name, spec in (sections or {}).items():
        # Under names of its own: two plugins may both call a part `Weights`.
        own = spec.model_json_schema(by_alias=True, ref_template=f"#/$defs/{name}.{{model}}")
        parts = own.pop("$defs", {})
        definitions |= {f"{name}.{title}": part for title, part in parts.items()}
        _allow_more(own, overlay)
        schema["properties"][name] = own
    _one_rule_or_two(schema)
    for part in (schema, *definitions.values()):
        _allow_more(part, overlay)
    schema["$schema"] = "http://json-schema.org/draft-07/schema#"
    schema["title"] = "Quanticity environment" if overlay else "Quanticity data sources"
    return schema


def json_schema_text(
    sections: Mapping[str, type[Spec]] | None = None, *, overlay: bool = False
) -> str:
    """The schema as it stands in a file."""
    return json.dumps(json_schema(sections, overlay=overlay), indent=1, sort_keys=True) + "\n"


def strategy_schema_text() -> str:
    """The schema of a file of `config/strategies/`."""
    return _schema_of_file(StrategyFile, "Quanticity strategy")


def preset_schema_text() -> str:
    """The schema of a file of `config/presets/`."""
    return _schema_of_file(Preset, "Quanticity preset")


def _schema_of_file(spec: type[Spec], title: str) -> str:
    schema = spec.model_json_schema(by_alias=True)
    for part in (schema, *schema.get("$defs", {}).values()):
        _allow_more(part, overlay=False)
    schema["$schema"] = "http://json-schema.org/draft-07/schema#"
    schema["title"] = title
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


def _one_rule_or_two(schema: dict[str, Any]) -> None:
    """A rule by itself may stand where a list of rules is asked for."""
    groups = schema["properties"]["scheduler_rules"]["additionalProperties"]
    rules = groups["additionalProperties"]
    groups["additionalProperties"] = {"anyOf": [rules["items"], rules]}


def _allow_more(part: dict[str, Any], overlay: bool) -> None:
    """What a file may say beside the plain types: references, nothing at all, and null."""
    properties = part.get("properties")
    if properties is None:
        return
    needed = set(part.get("required", ()))
    if overlay:
        part.pop("required", None)
    for name, field in properties.items():
        told = {key: field.pop(key) for key in ("description", "examples", "unit") if key in field}
        default = field.pop("default", None)
        field.pop("title", None)
        choices = field.pop("anyOf", None) or [dict(field)]
        if not overlay and any(map(_is_deep, choices)):
            # An editor that may choose says only that nothing fits, not what is wrong inside.
            choices = [choice for choice in choices if choice != _NULL]
        if any(choice.get("type") in _PLAIN_TYPES for choice in choices):
            choices = [*choices, _REFERENCE]
        if overlay or (name not in needed and not any(map(_is_deep, choices))):
            choices = [*choices, _NULL]
        choices = list({json.dumps(choice): choice for choice in choices}.values())
        field.clear()
        field.update(told)
        if default is not None:
            field["default"] = default
        field.update({"anyOf": choices} if len(choices) > 1 else choices[0])
        if overlay:
            _nullable_entries(field)


def _is_deep(choice: dict[str, Any]) -> bool:
    return "$ref" in choice or choice.get("type") == "object"


def _nullable_entries(field: dict[str, Any]) -> None:
    """In an overlay null removes an entry of a mapping."""
    for choice in field.get("anyOf", [field]):
        entries = choice.get("additionalProperties")
        if isinstance(entries, dict):
            choice["additionalProperties"] = {"anyOf": [entries, {"type": "null"}]}
