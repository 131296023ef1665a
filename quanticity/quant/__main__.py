"""`python -m quanticity.quant`: compiles the kernels, which are then kept beside them on disk."""

from __future__ import annotations

import sys

from quanticity.quant.kernels import load, uncompiled


def main() -> None:
    """Compile what is not compiled, and show what it is at."""
    if uncompiled():
        print("Compiling the kernels, a quarter of a minute, once", flush=True)
    shown = sys.stdout.isatty()
    for name in load():
        if shown:
            print(f"\r\x1b[K  {name}", end="", flush=True)
    if shown:
        print("\r\x1b[K", end="", flush=True)


if __name__ == "__main__":
    main()
