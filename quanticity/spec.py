"""One declaration per config field; everything else is derived from it.

A `Spec` is a pydantic model that refuses unknown fields and never changes. Each field is
declared once with `field(...)`: its type, default, unit, one line of help and an example. From
that come validation with file, line and column, the reference docs, the JSON Schema that
editors complete from, and the scaffolds of `new`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticKnownError, PydanticUndefined

from quanticity.errors import Problem, raised_by

Path = tuple[str | int, ...]
Scalar = str | int | float | bool
Locate = Callable[[Path], tuple[str, int, int]]
S = TypeVar("S", bound="Spec")


class Slip(NamedTuple):
    """What is wrong at a place of a piece of config: fields by name, list items by number."""

    at: Path
    said: str
    hint: str = ""


class Spec(BaseModel):
    """The base of every piece of config."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        use_attribute_docstrings=False,
        allow_inf_nan=False,
    )

    def slips(self) -> Iterable[Slip]:
        """What is wrong that no single field shows, each with its place below this piece."""
        return ()


def field(
    default: Any = PydanticUndefined,
    *,
    help: str,  # the word a person expects here
    unit: str = "",
    example: Any = None,
    factory: Callable[[], Any] | None = None,
    alias: str | None = None,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    pattern: str | None = None,
    min_length: int | None = None,
) -> Any:
    """Declare one field. Without `default` and `factory` the field is required."""
    extra: dict[str, Any] = {}
    if unit:
        extra["unit"] = unit
    given: dict[str, Any] = {
        "description": help,
        "alias": alias,
        "ge": ge,
        "gt": gt,
        "le": le,
        "pattern": pattern,
        "min_length": min_length,
    }
    given = {name: value for name, value in given.items() if value is not None}
    if example is not None:
        given["examples"] = [example]
    if extra:
        given["json_schema_extra"] = extra
    made = Field(default, **given) if factory is None else Field(default_factory=factory, **given)
    if not {"ge", "gt", "le"}.isdisjoint(given):
        made.metadata.append(BeforeValidator(_no_yes_or_no))
    return made


def _no_yes_or_no(given: Any) -> Any:
    # To Python true is 1: a limit of `yes` would be one request.
    if isinstance(given, bool):
        raise PydanticKnownError("float_type")
    return given


def near(word: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?` for the nearest of `known`, else an empty string."""
    match = nearest(word, known)
    return f"did you mean '{match}'?" if match is not None else ""


def nearest(word: str, known: Iterable[str], least: float = 0.6) -> str | None:
    """The one of `known` that `word` is most like; None where it is like none of them.

    `least` is how like it must be, from 0 to 1.
    """
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=least)), None)


def validate(
    spec: type[S], tree: object, locate: Locate, at: Path = ()
) -> tuple[S | None, list[Problem]]:
    """Check `tree` (plain dicts, lists and scalars) against `spec`.

    Returns the value and no problems, or None and all of them. `locate` maps a path in the
    whole tree to (file, line, column); `at` is where `tree` hangs in it.
    """
    try:
        found = spec.model_validate(tree)
        slips = [Problem(*locate((*at, *one.at)), one.said, one.hint) for one in found.slips()]
    except ValidationError as error:
        return None, list(_problems(spec, tree, error.errors(), locate, at))
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin's spec has its own checks
        said = f"a check of {spec.__name__} raised {raised_by(error)}"
        return None, [Problem(*locate(at), said, "a ValueError says what is wrong with a value")]
    return (None if slips else found), slips


def wrong_fields(spec: type[Spec], tree: object) -> list[str]:
    """The fields in which something is wrong or missing; not what only the whole shows."""
    try:
        spec.model_validate(tree)
    except ValidationError as error:
        return list(dict.fromkeys(str(one["loc"][0]) for one in error.errors() if one["loc"]))
    except (Exception, SystemExit):  # noqa: BLE001  # as above, where it is told
        return []
    return []


def _problems(
    spec: type[Spec], tree: object, details: list[ErrorDetails], locate: Locate, at: Path
) -> Iterator[Problem]:
    found = [(_real_path(tree, detail), detail) for detail in details]
    # Of a union, the branch that got deepest into the value says what is wrong with it.
    above = {path[:depth] for path, _ in found for depth in range(len(path))}
    wanted: dict[Path, list[str]] = {}
    for path, detail in found:
        if (noun := _NOUNS.get(detail["type"])) and path not in above:
            wanted.setdefault(path, []).append(noun)
    seen: set[Problem] = set()
    meant = {
        (*path[:-1], near_one)
        for path, detail in found
        if detail["type"] == "extra_forbidden" and path
        if (near_one := nearest(str(path[-1]), field_names(spec, path[:-1])))
    }
    for path, detail in found:
        if detail["type"] == "missing" and path in meant:
            continue  # a misspelt field is one mistake, and is told by its own line
        if detail["type"] in _NOUNS:
            if path in above:
                continue
            nouns = " or ".join(dict.fromkeys(wanted[path]))
            name = _name(path or at)
            message = f"'{name}' should be {nouns}, not {_short(detail['input'])}"
            hint = _example(spec, path)
        else:
            message, hint = _say(spec, path, detail)
        problem = Problem(*locate(at + path), message, hint)
        if problem not in seen:
            seen.add(problem)
            yield problem


_NOUNS = {
    **dict.fromkeys(("dict_type", "mapping_type", "model_type"), "a mapping"),
    **dict.fromkeys(("model_attributes_type", "dataclass_type"), "a mapping"),
    **dict.fromkeys(("tuple_type", "list_type", "set_type", "frozen_set_type"), "a list"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    "string_type": "text",
}


def _real_path(tree: object, detail: ErrorDetails) -> Path:
    """Drop what pydantic adds to a location (union tags) and the document does not have."""
    loc = detail["loc"]
    real: list[str | int] = []
    here: object = tree
    for part in loc:
        if isinstance(here, Mapping):
            known = part in here
        else:
            known = isinstance(here, list | tuple) and isinstance(part, int) and part < len(here)
        if known:
            here = here[part]  # type: ignore[index]  # narrowed in two steps
            real.append(part)
    if detail["type"] == "missing":
        real.append(loc[-1])
    return tuple(real)


def _say(spec: type[Spec], path: Path, detail: ErrorDetails) -> tuple[str, str]:
    kind, name = detail["type"], _name(path)
    context = detail.get("ctx", {})
    given = detail.get("input")
    if kind == "extra_forbidden":
        return f"unknown field '{name}'", near(name, field_names(spec, path[:-1]))
    if kind == "missing":
        return f"'{name}' is missing", _example(spec, path) or "it has no default"
    if kind in ("enum", "literal_error"):
        expected = str(context.get("expected", ""))
        words = [word.strip(" '") for word in expected.replace(" or ", ", ").split(",")]
        hint = near(str(given), words) or f"one of {expected}"
        if detail["loc"][-1] == "[key]":
            return f"unknown name '{name}'", hint
        return f"'{name}' cannot be {_short(given)}", hint
    if kind == "value_error":
        error = context.get("error", detail["msg"])
        return (f"'{name}': {error}" if path else str(error)), ""
    if kind == "string_pattern_mismatch":
        return f"'{name}' cannot be {_short(given)}", _example(spec, path)
    text = detail["msg"][:1].lower() + detail["msg"][1:]
    text = text.replace("input should be", "should be").replace("valid dictionary", "mapping")
    return f"'{name}' {text}, not {_short(given)}", _example(spec, path)


def _name(path: Path) -> str:
    """How a person calls the place: `symbols`, `symbols[2]`."""
    if not path:
        return "the document"
    if isinstance(path[-1], int) and len(path) > 1:
        return f"{path[-2]}[{path[-1]}]"
    return str(path[-1])


def _example(spec: type[Spec], path: Path) -> str:
    """`for example 60`, from the field's declaration; empty where it has none."""
    for model in _models_at(spec, path[:-1]) if path else []:
        for name, info in model.model_fields.items():
            if path[-1] in (name, info.alias) and info.examples:
                return f"for example {json.dumps(info.examples[0])}"
    return ""


def _short(value: object) -> str:
    if value is None:
        return "empty"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def field_names(spec: type[Spec], path: Path) -> set[str]:
    """Names that may stand below `path`, as written in YAML."""
    found: set[str] = set()
    for model in _models_at(spec, path):
        for name, info in model.model_fields.items():
            found.add(info.alias or name)
    return found


def _models_at(spec: type[Spec], path: Path) -> list[type[Spec]]:
    models = [spec]
    pending: list[Any] = list(models)
    for part in path:
        following: list[Any] = []
        for item in pending:
            if isinstance(item, type) and issubclass(item, Spec):
                for name, info in item.model_fields.items():
                    if part in (name, info.alias):
                        following.extend(_spread(info.annotation))
            else:
                following.extend(_spread(item))
        pending = following
    return [item for item in pending if isinstance(item, type) and issubclass(item, Spec)]


def _spread(annotation: Any) -> list[Any]:
    """The types one step inside an annotation: members of unions, values of containers."""
    arguments = getattr(annotation, "__args__", ())
    origin = getattr(annotation, "__origin__", None)
    if not arguments:
        return [annotation]
    if origin in (dict, Mapping):
        return [_Inside(arguments[1])]
    if origin in (list, tuple):
        return [_Inside(arguments[0])]
    return [part for argument in arguments for part in _spread(argument)]


class _Inside:
    """One container deeper: the next part of a path is a name or an index, not a field."""

    def __init__(self, annotation: Any) -> None:
        self.__args__ = (annotation,)
        self.__origin__ = None
