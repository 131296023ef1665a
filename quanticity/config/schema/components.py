"""What the config says of components: which run, for which symbols, with which parameters."""

from __future__ import annotations

from typing import Any

from quanticity.spec import Scalar, Spec, field


class ComponentConfig(Spec):
    """One component of a plugin, by its name."""

    enabled: bool | None = field(
        None, help="whether it runs; analytics do unless told otherwise, all others must be told"
    )
    symbols: tuple[str, ...] | str | None = field(
        None,
        help="one binding for each, or the name of a symbol group; default: all that its inputs "
        "are there for; an empty list: none",
        example=["SPY", "QQQ"],
    )
    values: dict[str, tuple[Scalar, ...]] = field(
        factory=dict, help="values of further placeholders of its keys", example={"expiry": ["0"]}
    )
    preset: str | None = field(
        None, help="name of a preset: its parameters, below those that stand here", example="calm"
    )
    params: dict[str, Any] = field(
        factory=dict, help="its parameters, checked by its own Params", example={"levels": 5}
    )


class Preset(Spec):
    """A file of `config/presets/`: parameters under a name."""

    description: str = field("", help="one line: what they are for")
    frozen: str | None = field(
        None,
        help="digest of the parameters, as `check` names it: none of them is changed any more, "
        "neither here nor where they are used",
        example="9f86d081884c7d65",
    )
    params: dict[str, Any] = field(
        factory=dict, help="parameters, checked by whoever takes them", example={"levels": 5}
    )


class StrategyRisk(Spec):
    """What risk will hold a strategy to, whatever it wants."""

    per_trade: float | None = field(
        None, gt=0, le=1, help="most of the equity that one trade may lose, as a fraction"
    )
    per_day: float | None = field(
        None, gt=0, le=1, help="most of the equity that a day may lose, as a fraction"
    )


class StrategyExpectation(Spec):
    """What a strategy should do with the inputs of a test."""

    signals: int = field(0, ge=0, help="how many signals", example=1)
    direction: str | None = field(None, help="the direction of the first", example="call")
    reason: str | None = field(None, help="part of the reason for wanting nothing")


class StrategyTest(Spec):
    """One example in a strategy's file: inputs, a moment, and what it should want."""

    name: str = field(help="what it shows", example="near the peak, the book leans up")
    at: str = field(help="Eastern date and time", example="2026-01-05 12:00")
    symbol: str = field("SPY", help="the symbol it is about")
    inputs: dict[str, Any] = field(
        factory=dict, help="data of each input by its name; what is left out is missing"
    )
    expect: StrategyExpectation = field(help="what it should do")


class StrategyFile(Spec):
    """A file of `config/strategies/`: one strategy."""

    description: str = field("", help="one line: what it does")
    plugin: str | None = field(
        None,
        help="name of the component; default: the file's name. Two files may run one side by side",
        example="gamma_scalp_0dte",
    )
    enabled: bool = field(True, help="false keeps it off")
    symbols: tuple[str, ...] | str | None = field(
        None,
        help="what it trades, or the name of a symbol group; default: all that its inputs are "
        "there for; an empty list: none",
        example=["SPX", "SPY"],
    )
    preset: str | None = field(
        None, help="name of a preset: its parameters, below those that stand here", example="calm"
    )
    params: dict[str, Any] = field(factory=dict, help="its parameters")
    risk: StrategyRisk = field(StrategyRisk(), help="what risk holds it to")
    tests: tuple[StrategyTest, ...] = field((), help="examples that `check` runs")
