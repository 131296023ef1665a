"""Days by name: what a scenario changes, as `scenarios.yaml` says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

from quanticity.config.document import read
from quanticity.errors import ConfigError, Problem
from quanticity.sim.market.factors import FACTORS
from quanticity.spec import Slip, Spec, field, near, validate

SHIPPED = Path(__file__).with_name("scenarios.yaml")
_TIME = r"^([01]\d|2[0-3]):[0-5]\d$"
ALL, QUIET = "all", "quiet"
_FAR = 1.0

S = TypeVar("S", bound=Spec)


class Move(Spec):
    """A push on one factor. It stands until the close and is gone by the next morning."""

    factor: str = field(help="Which factor is pushed", example="market")
    start: str = field(help="When it begins, Eastern", pattern=_TIME, example="10:45")
    end: str = field(help="When it is done, Eastern", pattern=_TIME, example="14:00")
    change: float = field(help="How far, as the log of a ratio", ge=-_FAR, le=_FAR, example=-0.05)
    shape: Literal["steady", "accelerating", "fading"] = field(
        "steady", help="Whether it goes on evenly, ever faster or ever slower"
    )

    def slips(self) -> Iterator[Slip]:
        """What single fields do not show."""
        if self.factor not in FACTORS:
            yield Slip(
                ("factor",), f"no factor is named {self.factor!r}", _choose(self.factor, FACTORS)
            )
        if self.end <= self.start:
            yield Slip(
                ("end",), f"it ends at {self.end}, and begins no earlier", "it must end later"
            )


class Pin(Spec):
    """The S&P 500 is held at a strike, ever closer towards the close."""

    start: str = field("12:00", help="When it begins, Eastern", pattern=_TIME)
    step: float = field(10.0, help="Distance of the strikes that hold", unit="points", gt=0)
    strength: float = field(0.9, help="Share of every move that is undone by the close", ge=0, le=1)


class Halt(Spec):
    """Nothing trades for a while."""

    symbols: list[str] = field(help="Which symbols; `all` for every one in New York")
    start: str = field(help="When it begins, Eastern", pattern=_TIME, example="11:10")
    minutes: int = field(15, help="How long", unit="minutes", ge=1, le=1440)


class FlowTilt(Spec):
    """Who trades, and how."""

    buyers: float = field(
        0.0, help="How far buyers outweigh sellers: -1 only sellers, 1 only buyers", ge=-1, le=1
    )
    informed: float = field(1.0, help="Bursts of sweeps, in units of a usual day", ge=0)
    dark: float = field(0.38, help="Share of prints away from the exchanges", ge=0, le=0.8)
    calls: float = field(1.0, help="Volume of calls, in units of a usual day", ge=0)
    puts: float = field(1.0, help="Volume of puts, in units of a usual day", ge=0)


class Surface(Spec):
    """Implied volatility."""

    level: float = field(1.0, help="At the money, in units of a usual day", gt=0)
    skew: float = field(1.0, help="Dearness of low strikes, in units of a usual day", ge=0, le=2)


class Scenario(Spec):
    """A kind of day."""

    about: str = field(help="What happens, in a line")
    acts: str = field("", help="What ought to act on such a day")
    volatility: float = field(1.0, help="Moves in the regular session, in usual ones", ge=0, le=10)
    volume: float = field(1.0, help="Volume, in units of a usual day", gt=0, le=20)
    spread: float = field(1.0, help="Bid to ask, in units of a usual day", ge=1, le=50)
    imbalance: float = field(0.0, help="Lean of the closing auction, -1 to 1", ge=-1, le=1)
    moves: list[Move] = field(factory=list, help="Pushes on factors")
    pin: Pin | None = field(None, help="Whether the index is held at a strike")
    flow: FlowTilt = field(factory=FlowTilt, help="Who trades, and how")
    surface: Surface = field(factory=Surface, help="Implied volatility")
    halts: list[Halt] = field(factory=list, help="When nothing trades")

    def slips(self) -> Iterator[Slip]:
        """Those of its moves."""
        for number, move in enumerate(self.moves):
            for slip in move.slips():
                yield Slip(("moves", number, *slip.at), slip.said, slip.hint)


class Scenarios(Spec):
    """A file of scenarios."""

    scenarios: dict[str, Scenario] = field(help="Each by its name")

    def slips(self) -> Iterator[Slip]:
        """Those of every scenario."""
        for name, scenario in self.scenarios.items():
            for slip in scenario.slips():
                yield Slip(("scenarios", name, *slip.at), slip.said, slip.hint)


@cache
def scenarios(path: Path = SHIPPED) -> dict[str, Scenario]:
    """Every scenario of a file by its name. ConfigError with file and line where it is wrong."""
    return _read(Scenarios, path).scenarios


def named(name: str) -> Scenario:
    """The scenario of a name that ships, or of a YAML file that holds one.

    ConfigError with the nearest name where there is none, with file and line of what is wrong.
    """
    if name.endswith((".yaml", ".yml")):
        return _read(Scenario, Path(name))
    known = scenarios()
    if name not in known:
        told = f"there is no scenario {name!r}"
        raise ConfigError([Problem("", 0, 0, told, _choose(name, known))])
    return known[name]


def _read(kind: type[S], path: Path) -> S:
    document = read(path)
    # Of what is no YAML a part may have been read: that part says nothing about what was meant.
    if document.problems:
        raise ConfigError(document.problems)
    found, problems = validate(kind, document.tree, document.locate)
    if found is None:
        raise ConfigError(problems)
    return found


def _choose(name: str, known: Iterable[str]) -> str:
    return near(name, known) or "there are " + ", ".join(known)
