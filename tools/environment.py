"""Make an environment: `python tools/environment.py FOLDER`, as `python -m venv` does.

That one answers Ctrl-C with a traceback.
"""

from __future__ import annotations

import sys
import venv


def main(folder: str) -> int:
    """Make it; 130 after Ctrl-C, in a line."""
    try:
        venv.main([folder])
    except KeyboardInterrupt:
        print("Stopped; the same command begins it anew.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
