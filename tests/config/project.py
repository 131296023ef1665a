"""A config folder in a temporary place, written file by file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from quanticity.config.loaded import Loaded
from quanticity.config.loader import Loader
from quanticity.config.modules import ModuleFolders
from quanticity.errors import ConfigError

# Configs as the design notes write them (`notes.yaml`), and what we add to their language.
REFERENCE = Path(__file__).resolve().parents[1] / "reference"

ENDPOINT = """\
data_sources:
  uw:
    base_url: https://api.example.com
    endpoints:
      quote:
        path: /quote/{symbol}
        symbols: [SPY, QQQ]
        interval_seconds: 60
        redis_key: "raw:uw:quote:{symbol}"
        ttl_seconds: 180
"""


class Project:
    """`home/config/...` and what loading it gives."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "config"
        self.folder.mkdir()

    def write(self, name: str, text: str) -> Path:
        """A file below the config folder (`../` for beside it), its text dedented."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text))
        return file

    def base(self, text: str) -> Path:
        """`data_sources.yaml`."""
        return self.write("data_sources.yaml", text)

    def endpoint(self, fields: str, above: str = "") -> Path:
        """A config with one source `uw` and the endpoints that `fields` says, from column 7."""
        inside = "".join(f"      {line}\n" for line in dedent(fields).strip().splitlines())
        head = "data_sources:\n  uw:\n    base_url: https://api.example.com\n    endpoints:\n"
        return self.base(dedent(above) + head + inside)

    def loader(
        self,
        env: str = "dev",
        environ: Mapping[str, str] | None = None,
        transforms: bool = False,
    ) -> Loader:
        """A loader of it; with `transforms` it reads the folder of that name beside it."""
        folders = [self.home / "transforms"] if transforms else []
        return Loader(
            self.folder,
            env,
            environ or {},
            modules=ModuleFolders(folders),
        )

    def load(self, env: str = "dev", environ: Mapping[str, str] | None = None) -> Loaded:
        """The config as it is now."""
        return self.loader(env, environ).load()

    def told(self, env: str = "dev", environ: Mapping[str, str] | None = None) -> list[str]:
        """Every problem as a person reads it, errors, warnings and notes."""
        try:
            return [str(problem) for problem in self.load(env, environ).problems]
        except ConfigError as error:
            return [str(problem) for problem in error.problems]
