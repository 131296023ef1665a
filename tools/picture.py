"""Takes the README's picture of the running demo: `python -m tools.picture [SECONDS]`.

The program runs in a terminal of its own, is stopped with Ctrl-C, and what it drew last is kept.
"""

from __future__ import annotations

import fcntl
import io
import os
import re
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from tools.terminal import Terminal

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "run.svg"
COLUMNS, ROWS = 132, 44


def drawn(seconds: float) -> str:
    """What `python main.py run` stands at after `seconds`, as text with colours."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    said: list[bytes] = []

    def listen() -> None:
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                return
            if not part:
                return
            said.append(part)

    with tempfile.TemporaryDirectory() as data:
        with subprocess.Popen(
            [sys.executable, "main.py", "run", "--env", "demo", "--data", data],
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        ) as demo:
            os.close(theirs)
            listener = threading.Thread(target=listen, daemon=True)
            listener.start()
            time.sleep(seconds)
            demo.terminate()
            status = demo.wait(30)
        listener.join(5)
    if status != 0:
        raise SystemExit(f"the demo ended with status {status}")
    terminal = Terminal()
    terminal.feed(b"".join(said).decode("utf-8", "replace").replace(data, ".quanticity"))
    return terminal.ansi()


def render(text: str) -> str:
    """An SVG that fetches nothing: the viewer's own fixed-width font is used."""
    lines = text.splitlines()
    console = Console(
        record=True,
        width=COLUMNS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    console.print(Text.from_ansi("\n".join(lines)), no_wrap=True, overflow="crop", end="")
    fonts = re.compile(r"@font-face \{\{.*?\}\}|<!-- .*? -->", re.DOTALL)
    form = fonts.sub("", CONSOLE_SVG_FORMAT).replace("Fira Code", "ui-monospace, Menlo, Consolas")
    return console.export_svg(title="make run", code_format=form, unique_id="run")


def main() -> None:
    """Write docs/images/run.svg."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 45.0
    PICTURE.write_text(render(drawn(seconds)), encoding="utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
