"""Secrets go to the vendor and nowhere else."""

from __future__ import annotations

import asyncio
import base64
import io
import traceback
from typing import Any

import orjson
import pytest
from aiohttp import web

from quanticity.config.schema import Auth, Source
from quanticity.config.secrets import Secrets
from quanticity.feeds.credentials import of_source, read
from quanticity.logs import logger
from quanticity.redaction import Redactor
from tests.feeds.loopback import Bench, scripted, serving

TOKEN = "tok3n-that-nobody-may-see"
AUTHS: dict[str, dict[str, Any]] = {
    "bearer": {"type": "bearer", "token_env": "V_TOKEN"},
    "header": {"type": "header", "name": "X-Api-Key", "token_env": "V_TOKEN"},
    "prefixed": {
        "type": "header",
        "name": "Authorization",
        "prefix": "Token ",
        "token_env": "V_TOKEN",
    },
    "query": {"type": "query", "name": "apikey", "token_env": "V_TOKEN"},
    "basic": {"type": "basic", "username_env": "V_USER", "password_env": "V_TOKEN"},
}
ENVIRON = {"V_TOKEN": TOKEN, "V_USER": "someone"}


@pytest.mark.parametrize(
    ("auth", "headers", "query"),
    [
        ("bearer", {"Authorization": f"Bearer {TOKEN}"}, ()),
        ("header", {"X-Api-Key": TOKEN}, ()),
        ("prefixed", {"Authorization": f"Token {TOKEN}"}, ()),
        ("query", {}, (("apikey", TOKEN),)),
        (
            "basic",
            {"Authorization": "Basic " + base64.b64encode(f"someone:{TOKEN}".encode()).decode()},
            (),
        ),
    ],
)
def test_where_the_secret_goes(auth: str, headers: dict[str, str], query: Any) -> None:
    credentials = read(Auth.model_validate(AUTHS[auth]), Secrets(ENVIRON))
    assert dict(credentials.headers) == headers
    assert credentials.query == query
    assert TOKEN in credentials.secrets
    assert TOKEN not in repr(credentials)


def test_none_needs_nothing() -> None:
    assert read(Auth(), Secrets({})).secrets == ()


def test_white_space_around_a_token_is_an_accident() -> None:
    credentials = read(Auth.model_validate(AUTHS["bearer"]), Secrets({"V_TOKEN": f" {TOKEN}\n"}))
    assert credentials.headers == {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize("environ", [{}, {"V_TOKEN": ""}, {"V_TOKEN": "  "}])
def test_a_missing_variable_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(KeyError, match="V_TOKEN"):
        read(Auth.model_validate(AUTHS["bearer"]), Secrets(environ))


def test_a_simulated_token_is_no_secret() -> None:
    credentials = read(Auth.model_validate(AUTHS["bearer"]), Secrets({}, simulated=True))
    assert credentials.headers == {"Authorization": "Bearer simulated"}
    assert credentials.secrets == ()


def test_a_key_that_a_simulation_sends_to_a_server_of_ones_own_is_a_secret() -> None:
    secrets = Secrets(
        {"V_USER": "me", "V_TOKEN": TOKEN}, simulated=True, sent=["V_USER", "V_TOKEN"]
    )
    credentials = read(Auth.model_validate(AUTHS["basic"]), secrets)
    assert TOKEN in credentials.secrets


def test_a_password_that_stands_in_is_no_secret_beside_a_name_that_is_given() -> None:
    secrets = Secrets({"V_USER": "someone"}, simulated=True, sent=["V_USER", "V_TOKEN"])
    assert read(Auth.model_validate(AUTHS["basic"]), secrets).secrets == ()


async def _echo(request: web.Request) -> web.StreamResponse:
    told = f"{request.rel_url} {dict(request.headers)}"
    status = int(request.path.rsplit("/", 1)[-1])
    if request.query.get("as") == "text":
        return web.Response(text=told, status=status)
    if request.query.get("as") == "html":
        return web.Response(
            text=f"<html><title>{told}</title></html>", status=status, content_type="text/html"
        )
    if request.query.get("as") == "redirect":
        raise web.HTTPFound(f"http://127.0.0.1:1/?leak={TOKEN}&apikey={TOKEN}")
    return web.json_response({"message": told, "path": told, "code": told}, status=status)


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


@pytest.mark.parametrize("auth", sorted(AUTHS))
def test_nothing_that_is_written_holds_the_secret(auth: str) -> None:
    written = io.StringIO()

    async def ask(url: str, endpoints: dict[str, Any]) -> list[str]:
        bench = Bench(url, endpoints, auth=AUTHS[auth], environ=ENVIRON)
        for name, feed in bench.feeds.items():
            await bench.run(name)
            logger.error(feed.stats.error)
        texts = [repr(write) for write in bench.store.writes]
        texts += [repr(bench.store.plain), repr(bench.store.states), repr(bench.witness.told)]
        texts += [feed.stats.error + feed.stats.note for feed in bench.feeds.values()]
        texts += [repr(bench.words), repr(bench.vendor.credentials), repr(bench.effective)]
        try:
            raise RuntimeError(bench.feeds["f0"].stats.error)
        except RuntimeError:
            texts.append(traceback.format_exc())
        await bench.vendor.close()
        return texts

    async def main() -> list[str]:
        endpoints = {
            f"f{number}": {"path": f"/{status}", "params": {"as": kind}, "cost_per_call": 1}
            for number, (status, kind) in enumerate(
                [(s, k) for s in (200, 401, 403, 422, 429, 500) for k in ("json", "text", "html")]
                + [(200, "redirect")]
            )
        }
        async with serving(_echo) as (url, arrived):
            texts = await ask(url, endpoints)
            assert len(arrived) == len(endpoints)
        async with scripted(_hang_up) as (url, _):
            texts += await ask(url, {"f0": {"path": "/x"}})
        texts += await ask("http://vendor.invalid", {"f0": {"path": "/x"}})
        return texts

    sink = logger.add(written, level=0, backtrace=True, diagnose=False)
    try:
        texts = asyncio.run(main())
    finally:
        logger.remove(sink)
    encoded = base64.b64encode(f"someone:{TOKEN}".encode()).decode()
    for text in [*texts, written.getvalue()]:
        assert TOKEN not in text
        assert encoded not in text


def test_a_key_that_the_config_takes_in_by_name_is_as_secret_as_a_token() -> None:
    source = Source.model_validate(
        {"base_url": "https://h", "headers": {"X-Api": 'v"4711/x'}, "endpoints": {}}
    )
    secrets = Secrets({"MINE": 'v"4711/x', "ELSE": "of-another-source"}, used=["MINE", "ELSE"])
    assert of_source(source, secrets).secrets == ('v"4711/x',)
    assert of_source(source, Secrets({"MINE": "x"}, used=["MINE"], simulated=True)).secrets == ()


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":"k/1+2=3"}',
        b'{"a":"k\\/1+2=3"}',
        b'{"a":"?key=k%2F1%2B2%3D3"}',
        b'{"a":"k%2f1%2b2%3d3"}',
    ],
)
def test_a_key_was_stored_where_the_vendor_repeated_it_as_it_stood_in_the_address(
    body: bytes,
) -> None:
    bench = Bench(
        "http://h", {"q": {"path": "/q"}}, auth=AUTHS["bearer"], environ={"V_TOKEN": "k/1+2=3"}
    )
    scrubbed = bench.vendor.scrub(body)
    assert b"***" in scrubbed
    assert b"1" not in scrubbed


def test_a_key_was_stored_where_the_vendor_repeated_our_own_way_to_quote_it() -> None:
    key = "k:1,2/3@4"
    bench = Bench(
        "http://h",
        {"q": {"path": "/q"}},
        auth={"type": "query", "name": "apikey", "token_env": "V_TOKEN"},
        environ={"V_TOKEN": key},
    )
    sent = str(bench.feeds["q"].recipe.plan.request({}, 0.0).url)
    assert sent.endswith("apikey=k:1,2%2F3@4")
    assert bench.vendor.scrub(sent.encode()).endswith(b"apikey=***")


@pytest.mark.parametrize(
    ("written", "by"),
    [
        (r"abCD\u002Befgh/ijkl123==", ".NET"),
        (r"abCD+efgh/ijkl123\u003d\u003d", "Gson"),
        (r"abCD\u002befgh\/ijkl123\u003D=", "both, and PHP"),
        ("".join(f"\\u{ord(one):04x}" for one in "abCD+efgh/ijkl123=="), "all of it"),
    ],
)
def test_a_key_was_stored_where_the_vendors_json_escapes_what_it_need_not(
    written: str, by: str
) -> None:
    key = "abCD+efgh/ijkl123=="
    bench = Bench("http://h", {"q": {"path": "/q"}}, auth=AUTHS["bearer"], environ={"V_TOKEN": key})
    body = f'{{"key": "{written}", "name": "caf\\u0026"}}'.encode()
    assert orjson.loads(body)["key"] == key, by
    scrubbed = orjson.loads(bench.vendor.scrub(body))
    assert scrubbed == {"key": "***", "name": "caf&"}
    redactor = Redactor()
    redactor.register(key)
    assert written not in redactor.redact(f"a body that begins with {body.decode()}")
