"""The tutorial is followed step by step: each file written, each command run, each text seen."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.cli.asked import REPOSITORY, SMALL, Running, Said, ask, environment, project, running

PAGE = REPOSITORY / "docs" / "writing-a-plugin.md"
PROGRAM = ".venv/bin/python main.py "
PYTEST = ".venv/bin/python -m pytest "
BLOCK = re.compile(r"(?:^`([^`\n]+)`:\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Reader:
    """Somebody who does what the page says, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = ""
        self.statuses: list[int] = []
        self.wants_to_run = False
        project(folder, SMALL.replace("raw:uw:state:", "raw:uw:stock_state:"))

    def file(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def command(self, line: str) -> None:
        if line == "make dev":
            return  # this environment has what is needed to develop
        if line.startswith(PYTEST):
            self._note(self._pytest(line.removeprefix(PYTEST)))
            return
        assert line.startswith(PROGRAM), line
        words = shlex.split(line.removeprefix(PROGRAM))
        if words == ["run"]:
            self.wants_to_run = True
        elif words[0] == "get":
            assert self.wants_to_run
            self._get(words)
        else:
            self._note(ask(*words, cwd=self.folder))
            assert self.statuses[-1] == 0, self.said

    def _get(self, words: list[str]) -> None:
        with running(cwd=self.folder) as system:
            system.wait_until(lambda: self._answered(system, words))

    def _answered(self, system: Running, words: list[str]) -> bool:
        said = ask(*words, cwd=self.folder)
        if said.status == 0:
            self._note(said)
        return said.status == 0

    def _pytest(self, words: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words.split(), "-p", "no:cacheprovider"],
            cwd=self.folder,
            env={**environment(), "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def _note(self, said: Said) -> None:
        self.statuses.append(said.status)
        self.said = said.out + said.err


def test_who_follows_the_tutorial_gets_there(tmp_path: Path):
    reader = Reader(tmp_path)
    texts = 0
    for name, language, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if language == "python":
            assert name, "say above each file what it is called"
            reader.file(name, text)
        elif language == "bash":
            for line in text.splitlines():
                reader.command(line)
        else:
            assert language == "text"
            texts += 1
            for line in text.splitlines():
                assert line.strip() in reader.said, reader.said
    # The suite finds what was forgotten, once; everything else goes well.
    assert [status != 0 for status in reader.statuses].count(True) == 1
    assert texts == 4
