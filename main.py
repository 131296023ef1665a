"""Quanticity's command line: `python main.py --help`."""

import sys

try:
    from quanticity.cli import loading, main

    with loading(sys.argv[1:]):
        from quanticity.cli.commands import app as _installed  # noqa: F401  # what it needs is there
except ModuleNotFoundError as missing:
    if (missing.name or "").startswith("quanticity"):
        raise
    sys.exit(
        f"{missing.name} is not installed for this Python; "
        "run `make run` once, then use .venv/bin/python main.py"
    )

if __name__ == "__main__":
    main()
