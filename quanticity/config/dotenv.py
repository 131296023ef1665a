"""The file `.env`: NAME=value, one a line, for secrets that are not in the environment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from quanticity.errors import Problem, Severity
from quanticity.plain_file import read_plain

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)", re.DOTALL)
_STRANGE = ("this line is not NAME=value", "what is no value begins with #")
_OPEN = ("a quote is not closed", "close it in the same line, or leave out both")
_MORE = ("something follows the closed quote", "quote all of the value, or none of it")
_COMMENT = re.compile(r"\s*(#.*)?")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "$": "$"}


@dataclass(frozen=True, slots=True)
class Variables(Mapping[str, str]):
    """The environment, and behind it what `.env` files say at the moment (the last one first)."""

    environ: Mapping[str, str]
    files: Sequence[Path] = ()

    def __getitem__(self, name: str) -> str:
        """Its value; KeyError where nothing sets it."""
        return self.environ[name] if name in self.environ else self._own()[name]

    def __iter__(self) -> Iterator[str]:
        """All names."""
        return iter({**self._own(), **self.environ})

    def __len__(self) -> int:
        """How many there are."""
        return len({**self._own(), **self.environ})

    def _own(self) -> dict[str, str]:
        own: dict[str, str] = {}
        for file in self.files:
            own |= read_dotenv(file)[0]
        return own


def read_dotenv(path: Path) -> tuple[dict[str, str], list[Problem]]:
    """The variables of a `.env` file; a missing file has none. Problems never show a value."""
    try:
        text = read_plain(path).decode("utf-8-sig")
    except FileNotFoundError:
        return {}, []
    except UnicodeDecodeError:
        return {}, [Problem(path.name, 0, 0, "is not UTF-8", "save the file as UTF-8")]
    except OSError as error:
        said = f"cannot be read: {error.strerror or type(error).__name__}"
        return {}, [Problem(path.name, 0, 0, said, "", Severity.WARNING)]
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        value, wrong = _value(match[2]) if match else ("", _STRANGE)
        if match is None or wrong is not None:
            said, hint = wrong or _STRANGE
            problems.append(Problem(path.name, number, 1, said, hint))
            continue
        found[match[1]] = value
    return found, problems


def _value(written: str) -> tuple[str, tuple[str, str] | None]:
    """What stands after the equals sign, without quotes and comment, and what is wrong with it."""
    quote = written[:1]
    if quote not in ("'", '"'):
        return re.split(r"\s+#|^#", written, maxsplit=1)[0].strip(), None
    said: list[str] = []
    characters = iter(written[1:])
    for character in characters:
        if character == quote:
            rest = "".join(characters)
            return "".join(said), None if _COMMENT.fullmatch(rest) else _MORE
        if character == "\\" and quote == '"':
            escaped = next(characters, "")
            said.append(_ESCAPES.get(escaped, "\\" + escaped))
        else:
            said.append(character)
    return "", _OPEN
