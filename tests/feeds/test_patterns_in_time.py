"""Regular expressions of a config, on bodies that a vendor chose: none holds up other feeds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from aiohttp import web

from quanticity.clock import VirtualClock, run_virtual
from quanticity.errors import BadBody, ConfigError, RateLimited
from quanticity.feeds import tables, xml_rows
from quanticity.feeds.contract import ContractChecker
from quanticity.feeds.contract_schema import Contract
from quanticity.feeds.json_text import page_title
from quanticity.feeds.paging import _LINK
from quanticity.parse import number
from tests.feeds.contract_bodies import text
from tests.feeds.fakes import Witness
from tests.feeds.loopback import Bench, whole_bench
from tests.feeds.test_classify import of_status

ENDLESS = "(a+)+$"
# Of sixty letters `regex` sees soon that they do not match; `re` never does.
ATTACK = "a" * 20_000 + "b"
MOST = 2.0
"""Seconds of computing: without a mend it is years."""
SAID = "the pattern '(a+)+$' takes too long on what came; write it without a repeat in a repeat"


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    # Computing time of this thread, which is the loop's: what other processes do is not in it.
    began = time.thread_time()
    yield
    assert time.thread_time() - began < MOST


@pytest.mark.parametrize(
    "given",
    [
        {"errors": [{"path": "message", "matches": ENDLESS}]},
        {"format": "csv", "footer": ENDLESS},
    ],
    ids=["errors", "footer"],
)
def test_a_body_that_a_pattern_does_not_come_back_from_held_up_every_feed(
    given: dict[str, Any],
) -> None:
    async def vendor(request: web.Request) -> web.Response:
        cell = ATTACK if request.path.endswith("BAD") else "fine"
        if "format" in given:
            return web.Response(text=f"m\n{cell}\n", content_type="text/csv")
        return web.json_response({"message": cell})

    async def check(bench: Bench, arrived: list[web.Request]) -> None:
        for _ in range(2):
            await asyncio.gather(bench.run("quote:BAD"), bench.run("quote:SPY"))
        await bench.store.flush()
        assert SAID in bench.error("quote:BAD")
        assert bench.error("quote:SPY") == ""
        assert bench.feeds["quote:BAD"].stats.failures == 2
        assert [one for one, feed, *_ in bench.witness.told if feed == "v.quote:BAD"] == ["failed"]
        assert await bench.store.get("raw:v:quote:BAD") is None
        assert await bench.store.get("raw:v:quote:SPY") is not None

    fields = {"path": "/{symbol}", "symbols": ["BAD", "SPY"], **given}
    whole_bench(vendor, {**fields, "redis_key": "raw:v:quote:{symbol}"}, check)


def test_a_limit_in_a_body_that_nobody_can_read_in_time_is_a_limit_by_its_status() -> None:
    source = {
        "base_url": "https://v",
        "rate_limits": {
            "requests_per_minute": 60,
            "body_limits": [{"path": "message", "matches": ENDLESS}],
        },
    }
    verdict = of_status(429, {"message": ATTACK}, source=source)
    assert isinstance(verdict.error, RateLimited)
    assert SAID in str(verdict.error)


def test_many_lines_that_each_take_a_while_are_one_body_that_takes_too_long() -> None:
    lines = "a\n" + ("a" * 200 + "b\n") * 5_000
    with pytest.raises(BadBody, match="where the footer begins is not known: the pattern"):
        tables.rows_of(lines, ",", footer="(a+)+$")


def refers_to_itself(inside: dict[str, Any]) -> dict[str, Any]:
    """jsonschema went back to its own ways at a `$schema`."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    deeper = {"type": "object", "maxProperties": 5, "properties": {"in": {"$ref": "#"}}}
    return {"$schema": dialect, "anyOf": [inside, deeper]}


CONTRACTS = {
    "pattern": ({"properties": {"m": {"pattern": ENDLESS}}}, {"m": ATTACK}, "m"),
    "rows": (
        {"items": {"properties": {"m": {"type": "string", "pattern": ENDLESS}}}},
        [{"m": ATTACK}] * 100,
        "*.m",
    ),
    "names": ({"patternProperties": {ENDLESS: {"type": "null"}}}, {ATTACK: 1}, ""),
    "no other names": (
        {"patternProperties": {ENDLESS: True}, "additionalProperties": False},
        {ATTACK: 1},
        "",
    ),
    "unevaluated": (
        {"allOf": [{"patternProperties": {ENDLESS: True}}], "unevaluatedProperties": False},
        {ATTACK: 1},
        "",
    ),
    "propertyNames": ({"propertyNames": {"pattern": ENDLESS}}, {ATTACK: 1}, ""),
    "not": ({"properties": {"m": {"not": {"pattern": ENDLESS}}}}, {"m": ATTACK}, "m"),
    "itself": (refers_to_itself({"type": "string", "pattern": ENDLESS}), {"in": ATTACK}, ""),
}


@pytest.mark.parametrize("which", CONTRACTS)
def test_a_pattern_of_a_contract_that_does_not_come_back_is_told_once_and_given_up(
    which: str,
) -> None:
    schema, attack, path = CONTRACTS[which]

    async def scenario(clock: VirtualClock) -> None:
        witness = Witness()
        checker = ContractChecker(clock, {"c": Contract("c", schema)}, observer=witness)

        def show(payload: Any, feed: str = "v.bad") -> list[str]:
            body, digest = text(payload)
            now = clock.now()
            found = checker.observe(feed, "c", payload, body=body, digest=digest, now=now)
            return [str(one) for one in found]

        (said,) = [one for one in show(attack) if "takes too long" in one]
        assert said.startswith(f"v.bad: {path or 'the body'}: {SAID}")
        assert said.endswith("; it is looked at no more until the contract is edited")
        await checker.settle()
        for number_ in range(30):
            await clock.sleep(60)
            clean = {"other": number_} if isinstance(attack, dict) else [number_]
            assert show(clean) == []
            assert show(attack) == []
        standing = [str(one) for one in checker.drifts("v.bad") if "too long" in str(one)]
        assert standing == [said]
        # Another feed has no part in it: it is looked at, and its own drifts are told.
        assert not [one for one in show({"m": None}, "v.good") if "too long" in one]
        # An edit of the contract is what it waits for.
        checker.replace({"c": Contract("c", {"type": "object"})})
        show({"other": 1})
        assert not [one for one in checker.drifts("v.bad") if "too long" in str(one)]

    run_virtual(scenario)


def test_a_whole_body_is_looked_at_in_time_while_the_loop_goes_on() -> None:
    """In a thread, which holds up the loop all the same: `re` lets nobody else run."""

    async def scenario() -> None:
        clean: list[dict[str, str]] = [{"m": "aa"}] * 2000
        body = orjson.dumps([*clean, *[{"m": ATTACK}] * 500, *clean])
        schema = {"items": {"properties": {"m": {"pattern": ENDLESS}}}}
        contract, turns = Contract("c", schema), 0
        payload = orjson.loads(body)
        look = asyncio.create_task(asyncio.to_thread(contract.fits, payload, None))
        while not look.done():
            turns += 1
            await asyncio.sleep(0)
        assert turns > 10
        assert not await look
        assert [one.path for one in contract.explain(payload)] == ["*.m"]

    asyncio.run(scenario())


def test_a_contract_whose_pattern_is_none_is_told_when_it_is_read() -> None:
    for schema in ({"pattern": "(a"}, {"patternProperties": {"(a": True}}):
        with pytest.raises(ConfigError, match=r"no valid JSON Schema|is no regular expression"):
            Contract("c", {"items": schema, "$comment": "x", "else": True})


def test_texts_of_a_vendor_that_our_own_patterns_went_through_a_million_times() -> None:
    assert number("1" * 50_000 + "x") is None
    assert not xml_rows.names_its_charset(b"<?xml" + b" " * 50_000)
    assert page_title(b"<title>" * 3000) == ""
    assert _LINK.findall("<" * 50_000) == []


def test_fields_with_the_names_of_schema_words_broke_a_contract() -> None:
    pattern = {"type": "string", "pattern": "^(a|b)+$"}
    more = {"properties": {"enum": {"pattern": "^(c|d)+$"}, "properties": False}}
    for name in ("enum", "const", "default", "required", "patternProperties", "pattern"):
        contract = Contract("x", {"properties": {name: pattern}})
        assert contract.fits({name: "ab"})
        assert not contract.fits({name: "c"})
        (finding,) = contract.explain({name: "c"})
        assert finding.path == name
        contract = Contract("x", {"properties": {name: True}, "dependentSchemas": {name: more}})
        assert contract.fits({name: "c"})
        assert contract.explain({name: "c"}) == []
        # And where they are no schemas they are none.
        assert Contract("x", {"default": {name: "("}, "enum": [{name: "("}]}).fits({name: "("})


def test_a_field_that_must_not_be_there_stopped_its_feed() -> None:
    """What a contract has against a body is told, and is no reason not to store it."""
    for schema, path in (
        ({"properties": {"x": False}}, "x"),
        ({"patternProperties": {"^x": False}}, "*"),
        ({"properties": {"x": {"additionalProperties": False}}}, ""),
        ({"items": {"prefixItems": [False]}}, "*.0"),
        ({"anyOf": [{"properties": {"x": False}}, {"properties": {"y": False}}]}, "x"),
        ({"propertyNames": False}, ""),
        ({"not": {}}, ""),
        (False, ""),
    ):
        body: Any = [[1]] if path == "*.0" else {"x": {"a": 1}, "y": 2}
        contract = Contract("x", schema)
        assert not contract.fits(body)
        findings = contract.explain(body)
        assert findings
        if path:
            assert [(one.path, one.message) for one in findings] == [(path, "should not be there")]
