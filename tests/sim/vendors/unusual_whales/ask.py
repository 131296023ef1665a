"""Asking the simulated vendor without a server, and every request that the shipped YAML makes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson
import yaml

from quanticity.clock import MarketCalendar
from quanticity.config.schema import Endpoint, Root, Source
from quanticity.config.sections import split
from quanticity.feeds.params import Params
from quanticity.sim.market import World
from quanticity.sim.vendors.unusual_whales import UnusualWhales
from quanticity.sim.vendors.vendor import Answer, Request

MORNING = 1_767_625_200.0  # Monday 2026-01-05 10:00 Eastern
CONFIG = Path(__file__).parents[4] / "config"
CALENDAR = MarketCalendar()


@cache
def vendor(seed: int = 7, twin: bool = False) -> UnusualWhales:
    """One for each seed; its twin is another that has been asked other things before."""
    return UnusualWhales(World(seed, CALENDAR, contracts=None))


def ask(
    path: str, query: Any = "", now: float = MORNING, seed: int = 7, twin: bool = False
) -> Answer:
    text = query if isinstance(query, str) else urlencode(query, doseq=True)
    request = Request(
        method="GET",
        host="api.unusualwhales.com",
        path=path,
        query_string=text,
        query={name: tuple(values) for name, values in parse_qs(text).items()},
        headers={"authorization": "Bearer t"},
        body=b"",
        now=now,
    )
    return vendor(seed, twin).answer(request)


def body(path: str, query: Any = "", now: float = MORNING, seed: int = 7) -> Any:
    answer = ask(path, query, now, seed)
    assert answer.status == 200, answer.body
    return orjson.loads(answer.body)


def rows(path: str, query: Any = "", now: float = MORNING, seed: int = 7) -> list[Any]:
    found = body(path, query, now, seed)
    return list(found["data"] if isinstance(found, dict) else found)


@cache
def source() -> Source:
    text = (CONFIG / "data_sources.yaml").read_text()
    return Root.model_validate(split(yaml.load(text, yaml.CSafeLoader))[0]).data_sources[
        "unusual_whales"
    ]


@dataclass(frozen=True)
class Asked:
    name: str
    endpoint: Endpoint
    path: str
    query: str


def shipped(now: float = MORNING, symbol: str = "SPY") -> Iterator[Asked]:
    """Each polled endpoint once, for one symbol, as the engine would ask for it."""
    for name, endpoint in source().endpoints.items():
        if endpoint.transport == "http":
            whose = "AAPL" if name == "earnings_history" else symbol
            expiry = "2026-01-09" if name == "gex_matrix_expiry" else "2026-12-18"
            values = {"symbol": whose, "expiry": expiry}
            query = Params(endpoint.params, CALENDAR).query(values, now)
            if endpoint.paging is not None and endpoint.paging.limit_param:
                query.append((endpoint.paging.limit_param, str(endpoint.paging.limit)))
            path = "/api" + (endpoint.path or "").replace("{symbol}", whose)
            yield Asked(name, endpoint, path, urlencode(query))
