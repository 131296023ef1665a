"""The text of a user's Python file, and the code that it is."""

from __future__ import annotations
import __future__

import ast
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType

from quanticity.errors import ConfigError, Problem

# Files of all folders that ship, and as many of a user's.
_KEPT = 256
# Annotations are texts in all files, whether they say so or not.
_FLAGS = __future__.annotations.compiler_flag


@dataclass(frozen=True, slots=True)
class Script:
    """A file that is Python."""

    source: bytes
    path: Path
    code: CodeType

    def tree(self) -> ast.Module:
        """What it is made of; read anew, for that takes several times as long as its code."""
        return ast.parse(self.source, str(self.path))


def parse(source: bytes, path: Path, shown: str) -> Script:
    """Compile it. Raises ConfigError with line and column."""
    try:
        return Script(source, path, _code(source, str(path)))
    except SyntaxError as error:
        said = f"not Python: {error.msg}"
        raise ConfigError([Problem(shown, error.lineno or 1, error.offset or 1, said)]) from error
    except (ValueError, RecursionError, MemoryError) as error:
        # Null bytes, and what is nested deeper than the parser goes.
        said = f"not Python: {str(error) or 'it is nested too deep'}"
        raise ConfigError([Problem(shown, 1, 1, said)]) from error


@lru_cache(maxsize=_KEPT)
def _code(source: bytes, file: str) -> CodeType:
    """The code of a text: the same text in the same place is compiled once."""
    code: CodeType = compile(source, file, "exec", _FLAGS, dont_inherit=True)
    return code
