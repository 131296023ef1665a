"""Install a lock with uv, in a third of pip's time: `tools/quick_install.py PYTHON LOCK`.

uv reads none of pip's settings, so it is told where pip would look. Exit status 1 where there is
no uv, or where it could not: pip can do all of it.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# What pip calls a setting, what uv's variable is, and what stands between several.
_VARIABLES = {
    "index-url": ("UV_DEFAULT_INDEX", ""),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "no-index": ("UV_NO_INDEX", ""),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", ""),
    "default-timeout": ("UV_HTTP_TIMEOUT", ""),
    "timeout": ("UV_HTTP_TIMEOUT", ""),
}
# pip asks all of its indexes; every file is held against the hash in the lock.
_ALL_INDEXES = {"UV_INDEX_STRATEGY": "unsafe-best-match"}


def variables_of(settings: str) -> dict[str, str]:
    """The variables that tell uv what `pip config list` says; a later section overrides."""
    found = {}
    for line in settings.splitlines():
        name, _, value = line.partition("=")
        known = _VARIABLES.get(name.rpartition(".")[2])
        if known is not None:
            variable, between = known
            text = str(ast.literal_eval(value))
            found[variable] = between.join(text.split()) if between else text
    return found


def main(python: str, lock: str) -> int:
    """Install; what uv says is shown where it failed."""
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        return 1
    asked = [sys.executable, "-m", "pip", "config", "list"]
    settings = subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=False).stdout
    command = [str(uv), "pip", "install", "--quiet", "--cache-dir", ".venv/uv"]
    command += ["--compile-bytecode", "--require-hashes", "--python", python, "-r", lock]
    return subprocess.run(command, env=_environment(settings, os.environ), check=False).returncode


def _environment(settings: str, own: Mapping[str, str]) -> dict[str, str]:
    """Somebody's own variables for uv come first."""
    return {**_ALL_INDEXES, **variables_of(settings), **own}


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:3]))
    except KeyboardInterrupt:
        sys.exit(130)
