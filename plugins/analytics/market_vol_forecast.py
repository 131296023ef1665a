"""The forecasts of volatility of all symbols in one key, and how good they were in another."""

from collections.abc import Mapping
from typing import Any

from quanticity.api import Analytic, Every, Inputs, Key, OnChange, Spec, Value, field, number


class MarketVolForecastParams(Spec):
    """Which symbols."""

    symbols: tuple[str, ...] = field(
        ("SPX", "SPY", "QQQ", "IWM", "AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA"),
        help="symbols that are gathered",
        example=["SPY", "QQQ"],
        min_length=1,
    )


class MarketVolForecast(Analytic):
    """Gathers `analytics:vol_forecast:{symbol}` for whoever wants all of them."""

    name = "market_vol_forecast"
    Params = MarketVolForecastParams
    reads = {
        "forecasts": Key(
            "analytics:vol_forecast:{symbol}", 2700, view=Value, optional=True, over="symbols"
        ),
    }
    writes = {
        "forecast": Key("analytics:vol_forecast", ttl=2700),
        "metrics": Key("analytics:vol_forecast:metrics", ttl=2700),
    }
    trigger = (OnChange("forecasts", at_most_every=30), Every(900))

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """Both, by symbol."""
        given = {symbol: _mapping(inputs.forecasts[symbol]) for symbol in self.params.symbols}
        judged = {symbol: _inside(one.get("metrics")) for symbol, one in given.items()}
        forecast = {
            symbol: {
                "forecast": number(one.get("forecast")),
                "implied": number(one.get("implied")),
                "premium": number(one.get("premium")),
                "reason": one.get("reason") if one else "no forecast yet",
            }
            for symbol, one in given.items()
        }
        names = ("count", "bias", "mae", "rmse", "implied_rmse", "decay", "fitted")
        metrics = {
            symbol: {
                **{name: one.get(name) for name in names},
                "reason": one.get("reason") if one else "no forecast yet",
            }
            for symbol, one in judged.items()
        }
        pairs = [
            (number(one.get("rmse")), number(one.get("implied_rmse"))) for one in judged.values()
        ]
        ratios = [rmse / alone for rmse, alone in pairs if rmse is not None and alone]
        nothing = None if any(given.values()) else "no symbol has a forecast"
        return {
            "forecast": {
                "symbols": forecast,
                "unit": "fraction of the price, a year",
                "convention": "realised volatility of the next month",
                "method": "implied volatility less an EWMA of implied less realised",
                "reason": nothing,
            },
            "metrics": {
                "symbols": metrics,
                "better_than_implied": sum(ratio < 1 for ratio in ratios) if ratios else None,
                "judged": len(ratios),
                "unit": "fraction a year; error is forecast less realised",
                "convention": "walked through day by day, with nothing of what came after",
                "method": "root mean square, against implied volatility alone",
                "reason": nothing,
            },
        }, state


def _mapping(value: Value | None) -> Mapping[str, Any]:
    return {} if value is None else _inside(value.data)


def _inside(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, Mapping) else {}
