"""`new analytic`, `strategy` or `distributor`: a plugin to begin with, and a test that passes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from quanticity.config import scaffold_strategy, scaffold_texts
from quanticity.config.effective import Effective, EffectiveEndpoint
from quanticity.config.location import Location, shipped_home
from quanticity.config.scaffold import check_name
from quanticity.errors import ConfigError, Problem
from quanticity.model import Kind, placeholders

_PLACES = {"analytic": "analytics", "strategy": "strategies", "distributor": "distributors"}
_TEXTS = {
    "analytic": (scaffold_texts.ANALYTIC, scaffold_texts.ANALYTIC_TEST),
    "distributor": (scaffold_texts.DISTRIBUTOR, scaffold_texts.DISTRIBUTOR_TEST),
    "strategy": (scaffold_strategy.PLUGIN, scaffold_strategy.TEST),
}
_AGE = 900.0
_NOBODYS = "raw:vendor:feed:{symbol}"
_USUAL = "SPY"


@dataclass(frozen=True, slots=True)
class NewPlugin:
    """Files that were written. `feed` is the one that it reads, empty where the config has none."""

    files: tuple[Path, ...]
    test: Path
    feed: str = ""


def new_plugin(location: Location, kind: str, name: str, effective: Effective) -> NewPlugin:
    """Write `plugins/.../NAME.py` and its test; for a strategy its file in the config too.

    It reads the first feed of the config that suits. ConfigError for a name that is no name, or
    is taken; then nothing is written.
    """
    check_name(name)
    endpoint = _readable(effective)
    place = _PLACES[kind]
    source = location.home / "plugins" / place / f"{name}.py"
    test = location.home / "tests" / place / f"test_{name}.py"
    filled = _filled(name, endpoint)
    written = {source: _TEXTS[kind][0], test: _TEXTS[kind][1]}
    if kind == "strategy":
        written[location.folder / "strategies" / f"{name}.yaml"] = scaffold_strategy.FILE
    for file in written:
        if file.exists():
            shown = location.shown(file)
            raise ConfigError([Problem(shown, 0, 0, "is there already", "choose another name")])
    for home in (location.home, shipped_home()):
        for other in sorted(home.joinpath("plugins").rglob(f"{name}.py")):
            # The name of a component: what ships, or is of another kind, would be hidden by it.
            said = f"the name '{name}' is taken by {other.relative_to(home).as_posix()}"
            raise ConfigError([Problem("", 0, 0, said, "choose another name")])
    for file, text in written.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        for mark, value in filled.items():
            text = text.replace(mark, value)  # noqa: PLW2901  # the text as far as it is filled
        file.write_text(text, "utf-8")
    feed = endpoint.id if endpoint is not None and kind != "distributor" else ""
    return NewPlugin(tuple(written), test, feed)


def _readable(effective: Effective) -> EffectiveEndpoint | None:
    """The first feed with a latest value for each symbol; one that is on before one that is off."""
    suit = [
        one
        for one in effective.endpoints()
        if placeholders(one.endpoint.redis_key) == ("symbol",)
        and one.endpoint.kind is Kind.LATEST
        and one.symbols
    ]
    return min(suit, key=lambda one: (one.off is not None, one.group.rank), default=None)


def _filled(name: str, endpoint: EffectiveEndpoint | None) -> dict[str, str]:
    spec = endpoint.endpoint if endpoint is not None else None
    age = max(_AGE, 3 * (spec.interval_seconds or 0.0)) if spec is not None else _AGE
    return {
        "NAME_URL": f"{name.upper()}_URL",
        "NAME": name,
        "CLASS": "".join(part.title() for part in name.split("_")),
        "KEY": spec.redis_key if spec is not None else _NOBODYS,
        "AGE": f"{age:.0f}",
        "SYMBOL": _symbol(endpoint),
    }


def _symbol(endpoint: EffectiveEndpoint | None) -> str:
    """One that can be bought, and that every environment which ships asks for."""
    if endpoint is None or _USUAL in endpoint.symbols:
        return _USUAL
    return endpoint.symbols[0]
