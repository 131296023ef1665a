"""Reference pages, written from what the code and the shipped config declare."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from quanticity.config.render import flow
from quanticity.config.schema import Root
from quanticity.spec import Spec

_WORDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Any: "anything",
    type(None): "",
}


def config_reference() -> str:
    """The page of every field of the config, in Markdown."""
    said = [
        "# Fields of the config",
        "",
        "Written from the code. Required fields have no default; an overlay requires none.",
    ]
    for name, part in _specs(Root, "The file"):
        about = (part.__doc__ or "").strip().split("\n")
        said += ["", f"## {name}", "", *(line.strip() for line in about)]
        said += ["", "| field | what | type | default | example |", "|---|---|---|---|---|"]
        said += [_row(field, info) for field, info in part.model_fields.items()]
    return "\n".join(said) + "\n"


def _specs(spec: type[Spec], title: str) -> Iterator[tuple[str, type[Spec]]]:
    """A spec and all that its fields are made of, each once, from the outside in."""
    seen: dict[type[Spec], str] = {spec: title}
    pending = [spec]
    while pending:
        part = pending.pop(0)
        yield seen[part], part
        for info in part.model_fields.values():
            for inner in _inside(info.annotation):
                if inner not in seen:
                    seen[inner] = inner.__name__
                    pending.append(inner)


def _inside(annotation: Any) -> Iterator[type[Spec]]:
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        yield annotation
    for argument in get_args(annotation):
        yield from _inside(argument)


def _row(name: str, info: FieldInfo) -> str:
    extra = info.json_schema_extra
    unit = extra.get("unit") if isinstance(extra, Mapping) else None
    what = (info.description or "") + (f" ({unit})" if unit else "")
    example = _code(info.examples[0]) if info.examples else ""
    cells = (f"`{info.alias or name}`", what, type_words(info.annotation), _default(info), example)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**required**"
    value = info.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined or value is None or value in ((), {}, ""):
        return ""
    return "" if isinstance(value, Spec) else _code(value)


def _code(value: Any) -> str:
    if isinstance(value, Enum):
        value = value.value
    return f"`{flow(value)}`" if value != "" else ""


def type_words(annotation: Any) -> str:
    """A type as a person reads it: `list of text`, `mapping of number`."""
    if annotation in _WORDS:
        return _WORDS[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in arguments)
    if origin in (Union, types.UnionType):
        words = dict.fromkeys(type_words(part) for part in arguments)
        return " or ".join(word for word in words if word)
    if origin in (tuple, list):
        return _list_words(arguments)
    if origin in (dict, Mapping) or origin is typing.get_origin(Mapping[str, str]):
        return f"mapping of {type_words(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(f"`{member.value}`" for member in annotation)
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return str(annotation)


def _list_words(arguments: tuple[Any, ...]) -> str:
    if len(arguments) == 2 and arguments[1] is not Ellipsis:
        return "two of " + " and ".join(dict.fromkeys(type_words(part) for part in arguments))
    return f"list of {type_words(arguments[0])}"
