"""`python -m quanticity.quant`: compiles the kernels, which are then kept beside them on disk."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from quanticity.quant.kernels import load, uncompiled


def main() -> None:
    """Compile what is not compiled, and show what it is at."""
    if uncompiled():
        print("Compiling the kernels, a quarter of a minute, once", flush=True)
    show(load())


def show(names: Iterable[str]) -> None:
    """Take one name after another, each shown. Ctrl-C ends it."""
    shown, stopped = sys.stdout.isatty(), False

    def lost(told: sys.UnraisableHookArgs) -> None:
        # Raised where LLVM calls back, it goes no further: it is for what comes after.
        nonlocal stopped
        if issubclass(told.exc_type, KeyboardInterrupt):
            stopped = True
        else:
            before(told)

    before, sys.unraisablehook = sys.unraisablehook, lost
    try:
        for name in names:
            if stopped:
                break
            if shown:
                print(f"\r\x1b[K  {name}", end="", flush=True)
    except KeyboardInterrupt:
        stopped = True
    finally:
        sys.unraisablehook = before
        if shown:
            print("\r\x1b[K", end="", flush=True)
    if stopped:
        print("Stopped; the same command goes on where it was.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
