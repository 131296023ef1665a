"""What a user's Python file imports and should not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from quanticity.config.script import Script
from quanticity.errors import Problem, Severity

ALLOWED = "quanticity.api"
# A pure function needs none of these; finding one is told, for it would break a replay.
_IMPURE = frozenset(
    {"aiohttp", "asyncio", "httpx", "os", "random", "redis", "requests", "secrets", "socket"}
    | {"subprocess", "threading", "time"}
)
# What an edge is handed ports for, so that limits, time-outs and redaction hold for all.
_HANDED = frozenset({"aiohttp", "redis"})
_BESIDE = "."
# Wherever a statement can begin, to where the next one can; a line of a text may look like one.
_STATEMENT = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|[\n\r;:])[ \t\f]*(from|import)\b([^\n\r;:#]*)")
_FROM = re.compile(rb"[ \t\f]*(\.)[^\\]*|[ \t\f]+([A-Za-z_][\w.]*)[ \t\f]+import\b[^\\]*")
_NAME = re.compile(rb"[ \t\f]*([A-Za-z_][\w.]*)(?:[ \t\f]+as[ \t\f]+\w+)?[ \t\f]*")
_ENCODED = re.compile(rb"\A[^\n\r]*(?:[\n\r]+[^\n\r]*)?coding[:=]")


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for a file, shown as `shown`.

    A `pure` one is told of more; a file of a package does not stand `alone`: it may import those
    beside it.
    """

    shown: str
    pure: bool = True
    alone: bool = True

    def slip(self, name: str) -> tuple[str, str, Severity] | None:
        """What is wrong with importing a module, what to do, and how bad it is."""
        top = name.partition(".")[0]
        if top == "quanticity" and name != ALLOWED:
            return f"imports {name}", f"import from {ALLOWED} only", Severity.ERROR
        if (name == _BESIDE and self.alone) or top == self.shown.partition("/")[0]:
            return "imports a file beside it", "each file stands alone", Severity.ERROR
        if top in _HANDED and not self.pure:
            return f"imports {top}", "an edge is handed ports: context.http", Severity.ERROR
        if self.pure and top in _IMPURE:
            said = f"imports {top}: a pure function has no clock, chance, network or files"
            return said, "", Severity.WARNING
        return None


def slips(script: Script, rules: Rules) -> Iterator[Problem]:
    """What it imports and should not: errors, and warnings where it is to be pure."""
    # Nearly all files import nothing of the kind, and their text shows it at once.
    if may_slip(script.source, rules):
        yield from slips_in(script.tree(), rules)


def may_slip(source: bytes, rules: Rules) -> bool:
    """Whether anything in a text might be an import that is wrong; at times what is none."""
    if _ENCODED.match(source):
        return True
    for word, rest in _STATEMENT.findall(source):
        names: list[bytes] = []
        if word == b"from":
            if b"import" not in rest and b"\\" not in rest:
                continue
            found = _FROM.fullmatch(rest)
            if found is None:
                return True
            names.append(found[1] or found[2])
        else:
            for part in rest.split(b","):
                found = _NAME.fullmatch(part)
                if found is None:
                    return True
                names.append(found[1])
        if any(rules.slip(name.decode()) for name in names):
            return True
    return False


def slips_in(tree: ast.Module, rules: Rules) -> Iterator[Problem]:
    """The same, of every import statement with its place."""
    for node in sorted(_statements(tree), key=lambda one: one.lineno):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""] if not node.level else [_BESIDE]
            if names == ["quanticity"]:
                names = [f"quanticity.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if (slip := rules.slip(name)) is not None:
                said, hint, severity = slip
                yield Problem(rules.shown, node.lineno, node.col_offset + 1, said, hint, severity)


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Every statement of it, those inside others too: expressions import nothing."""
    left: list[ast.AST] = [tree]
    while left:
        outer = left.pop()
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(outer, name, ())
            if isinstance(inner, list):
                left += inner
                yield from (one for one in inner if isinstance(one, ast.stmt))
