"""Quanticity's command line: `python main.py --help`."""

import sys

# Processes of plugins read this file again under another name, and need nothing of it.
if __name__ == "__main__":
    try:
        from quanticity.cli import main, program

        program(sys.argv[1:])  # read it now: what is missing is told below
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("quanticity"):
            raise
        sys.exit(
            f"{missing.name} is not installed for this Python; "
            "run `make run` once, then use .venv/bin/python main.py"
        )
    main()
