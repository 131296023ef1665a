"""`python -m quanticity.quant`: compiles the kernels, which are then kept beside them on disk."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from quanticity.quant.kernels import load, uncompiled


def main() -> None:
    """Compile what is not compiled, and show what it is at."""
    if uncompiled():
        print("Compiling the kernels, a quarter of a minute, once", flush=True)
    try:
        _show(load())
    except KeyboardInterrupt:
        print("Stopped; the same command goes on where it was.", file=sys.stderr)
        sys.exit(130)


def _show(names: Iterable[str]) -> None:
    shown = sys.stdout.isatty()
    try:
        for name in names:
            if shown:
                print(f"\r\x1b[K  {name}", end="", flush=True)
    finally:
        if shown:
            print("\r\x1b[K", end="", flush=True)


if __name__ == "__main__":
    main()
