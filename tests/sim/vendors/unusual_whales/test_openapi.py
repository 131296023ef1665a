"""Every path of the simulated vendor against the vendor's own OpenAPI document.

Where live bodies are known to differ from the document, the live bodies win; each such field
is named below with its reason.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from quanticity.sim.vendors.vendor import Param, Route
from tests.sim.vendors.unusual_whales.ask import ask, body, shipped, vendor

DOCUMENT = Path(__file__).parents[5] / "shared" / "vendor" / "uw-openapi.json"
needs_document = pytest.mark.skipif(
    not DOCUMENT.exists(), reason="the vendor's OpenAPI document is not in ../shared/vendor"
)

LIVE = "rows captured live carry it; the document's do not"
DARK = "/api/darkpool/{ticker}"
STOCK = "/api/stock/{ticker}"
# Fields that we send and the document does not have.
MORE = {
    f"{STOCK}/spot-exposures": {"ticker": LIVE, "ticker_id": LIVE, "start_time": LIVE},
    f"{STOCK}/spot-exposures/expiry-strike": {"expiry": "the rows would be ambiguous without it"},
    f"{STOCK}/greek-exposure/strike": {"date": LIVE},
    f"{STOCK}/greek-exposure/strike-expiry": {"date": LIVE, "dte": LIVE},
    "/api/option-trades/flow-alerts": dict.fromkeys(
        (
            *("id", "rule_id", "bid", "ask", "iv_start", "iv_end", "start_time", "end_time"),
            *("marketcap", "sector", "next_earnings_date", "er_time"),
        ),
        LIVE,
    ),
    "/api/darkpool/recent": {"created_at": LIVE, "avg30_volume": LIVE},
    DARK: {"created_at": LIVE, "avg30_volume": LIVE},
    "/api/lit-flow/{ticker}": {"created_at": LIVE, "avg30_volume": LIVE},
    "/api/insider/transactions": {"reporter_is_public_company": LIVE},
    f"{STOCK}/option-chains": {},
}
# Fields that the document has and we do not send.
FEWER: dict[str, dict[str, str]] = {}
NAMES_ONLY = {f"{STOCK}/option-chains": "the document describes the list of names, not the rows"}
PARAMS = {
    # (path, parameter): why ours is not the document's
    (f"{STOCK}/spot-exposures/expiry-strike", "expirations[]"): "required in fact",
    (f"{STOCK}/historical-risk-reversal-skew", "delta"): "the text says 10 or 25",
}


@cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DOCUMENT.read_text())
    return found


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].split("/")[-1]]
    return schema


def operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = document()["paths"][route.pattern]["get"]
    return found


ROUTES = [pytest.param(route, id=route.pattern) for route in vendor().routes()]


@needs_document
@pytest.mark.parametrize("route", ROUTES)
def test_the_document_has_the_path(route):
    assert route.pattern in document()["paths"]


@needs_document
@pytest.mark.parametrize("route", ROUTES)
def test_all_parameters_are_the_documents(route):
    ours = {param.name: param for param in route.params}
    theirs = {
        param["name"]: param
        for param in operation(route).get("parameters", [])
        if param["in"] == "query"
    }
    assert set(ours) == set(theirs)
    for name, param in theirs.items():
        if (route.pattern, name) not in PARAMS:
            assert ours[name].required == param.get("required", False), name
            same_bounds(ours[name], resolve(param["schema"]))


def same_bounds(param: Param, schema: dict[str, Any]) -> None:
    if schema.get("type") == "array":
        schema = resolve(schema["items"]) | {"many": True}
        assert param.name.endswith("[]")
    if "enum" in schema and param.name != "rule_name[]":
        assert set(param.choices) == set(schema["enum"]), param.name
    if "minimum" in schema:
        assert param.minimum == schema["minimum"], param.name
    if "maximum" in schema:
        assert param.maximum == schema["maximum"], param.name
    if "default" in schema and schema["type"] != "string":
        assert param.default == schema["default"], param.name
    kinds = {"integer": "int", "boolean": "bool", "number": "number"}
    if schema.get("type") in kinds and param.name not in ("page", "min_dte", "max_dte"):
        assert param.kind == kinds[schema["type"]], param.name


def row_of(value: Any) -> Any:
    inside = value["data"] if isinstance(value, dict) and "data" in value else value
    return inside[0] if isinstance(inside, list) else inside


def said(route: Route) -> tuple[dict[str, str], Any]:
    """The document's fields with their types, and its example of a whole body."""
    content = next(iter(operation(route)["responses"]["200"]["content"].values()))
    schema = resolve(content["schema"])
    example = content.get("example", schema.get("example"))
    inner = schema.get("properties", {}).get("data")
    if inner is not None:
        schema = resolve(inner)
        schema = resolve(schema["items"]) if schema.get("type") == "array" else schema
    types = {
        name: resolve(field).get("type", "any")
        for name, field in schema.get("properties", {}).items()
    }
    if example is not None and isinstance(row_of(example), dict):
        # Where schema and example disagree the example is what live bodies look like.
        for each in example["data"] if isinstance(example, dict) else example:
            if isinstance(each, dict):
                types |= {name: kind(value) for name, value in each.items() if value is not None}
        types |= {name: "any" for name in row_of(example) if name not in types}
    return types, example


def kind(value: Any) -> str:
    for name, of in (("boolean", bool), ("integer", int), ("number", float), ("string", str)):
        if isinstance(value, of):
            return name
    return "array" if isinstance(value, list) else "object"


def example_body(route: Route) -> Any:
    path = route.pattern.replace("{ticker}", "AAPL").replace("{candle_size}", "1m")
    path = path.replace("{expiry}", "2026-01-09")
    query: dict[str, Any] = {"greeks": "true"} if path.endswith("option-chains") else {}
    if any(param.name == "expiry" and param.required for param in route.params):
        query["expiry"] = "2026-12-18"
    if "historical" in path:
        query["delta"] = "25"
    if path.endswith("congress-trader"):
        query["name"] = "Morgan Castellan"
    if any(param.name == "expirations[]" for param in route.params):
        query["expirations[]"] = ["2026-01-09", "2026-01-16"]
    if "earnings/" in path and "AAPL" not in path:
        query["date"] = "2025-11-05"
    return body(path, query)


@needs_document
@pytest.mark.parametrize("route", ROUTES)
def test_the_body_has_the_documents_fields_and_types(route):
    types, example = said(route)
    ours = example_body(route)
    more, fewer = MORE.get(route.pattern, {}), FEWER.get(route.pattern, {})
    row = row_of(ours)
    if route.pattern in NAMES_ONLY:
        names = body(route.pattern.replace("{ticker}", "AAPL"))
        assert isinstance(row_of(names), str)
        assert re.fullmatch(r"[A-Z]+\d{6}[CP]\d{8}", row_of(names))
        return
    assert set(row) == (set(types) - set(fewer)) | set(more)
    assert_types(ours, types)
    if example is not None:
        assert type(ours) is type(example)
        if isinstance(example, dict):
            assert set(ours) == set(example)
            assert type(ours["data"]) is type(example["data"])


def assert_types(ours: Any, types: dict[str, str]) -> None:
    inside = ours["data"] if isinstance(ours, dict) else ours
    for row in inside if isinstance(inside, list) else [inside]:
        for name, value in row.items():
            if value is not None and types.get(name, "any") != "any":
                assert kind(value) == types[name], f"{name}: {value!r}"


@needs_document
@pytest.mark.parametrize("asked", [pytest.param(each, id=each.name) for each in shipped()])
def test_each_shipped_endpoint_asks_what_the_document_knows(asked):
    found = vendor().match(ask_request(asked.path))
    assert found is not None, asked.path
    route, _ = found
    known = {param["name"] for param in operation(route).get("parameters", [])}
    sent = {part.split("=")[0].replace("%5B%5D", "[]") for part in asked.query.split("&") if part}
    assert sent <= known
    assert ask(asked.path, asked.query).status == 200


def ask_request(path: str) -> Any:
    from quanticity.sim.vendors.vendor import Request

    return Request("GET", "api.unusualwhales.com", path, "", {}, {}, b"", 0.0)
