"""XML to rows, without what XML parsers can be made to do."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from quanticity.errors import BadBody

_DEEPEST = 200
_DECLARED = re.compile(rb"^(<\?xml[^>]*?)\s+encoding\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE)
# Bytes that a declaration may have: of blanks alone it would be gone through three times over.
_HEAD = 1000


def names_its_charset(body: bytes) -> bool:
    """Whether the document itself says in which charset it is written: what HTTP says is less."""
    return _DECLARED.match(body, 0, _HEAD) is not None


def rows_of(body: bytes, element: str | None) -> Any:
    """Each element named `element`, wherever it stands, or the whole document without a name.

    Children become fields (a list where a name repeats), attributes fields with `@`, and text
    beside either `#text`; an element with neither is its text, or null. Namespaces are left off;
    attributes that differ in theirs only get numbers: `@id`, `@id_2`.
    """
    found = _DECLARED.match(body, 0, _HEAD)
    if found is not None and found[2].lower().startswith(b"utf-16"):
        # A text that was written in memory and sent as UTF-8: no document in UTF-16 begins so.
        body = found[1] + body[found.end() :]
    try:
        root = fromstring(body)
    except ParseError as error:
        raise BadBody(f"the body is not XML: {error}") from None
    except DefusedXmlException as error:
        raise BadBody(f"the XML uses what is refused: {error}") from None
    except (ValueError, LookupError) as error:
        # Encodings that the parser does not know, or cannot read.
        raise BadBody(f"the body is not XML: {error}") from None
    if element is None:
        return {_local(root.tag): _value(root)}
    return [_value(found) for found in root.iter() if _local(found.tag) == element]


def _value(element: Element, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        raise BadBody(f"the XML is nested deeper than {_DEEPEST}")
    pieces = (element.text, *(child.tail for child in element))
    text = " ".join(piece.strip() for piece in pieces if piece and piece.strip())
    fields: dict[str, Any] = _attributes(element)
    repeated: set[str] = set()
    for child in element:
        name, value = _local(child.tag), _value(child, depth + 1)
        if name in repeated:
            fields[name].append(value)
        elif name in fields:
            fields[name] = [fields[name], value]
            repeated.add(name)
        else:
            fields[name] = value
    if not fields:
        return text or None
    if text:
        fields["#text"] = text
    return fields


def _attributes(element: Element) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    # Those without a namespace first: the name by itself is theirs.
    for name, given in sorted(element.attrib.items(), key=lambda item: "}" in item[0]):
        own, number = f"@{_local(name)}", 2
        while own in fields:
            own, number = f"@{_local(name)}_{number}", number + 1
        fields[own] = given
    return fields


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
