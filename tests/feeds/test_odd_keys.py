"""Keys with characters that mean something in an address: they arrive, and are never stored."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, unquote, unquote_plus, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.effective import resolve
from quanticity.config.environ import fill
from quanticity.config.schema import Root, Source
from quanticity.config.secrets import Secrets
from quanticity.feeds.credentials import of_source
from quanticity.feeds.switchboard import Switchboard
from quanticity.feeds.vendor import Vendor
from quanticity.pace.slot import Slot
from quanticity.redaction import Escaped, Redactor
from tests.feeds.loopback import Bench

ODD = ["ab+cd/ef12gh==", "x#y&z12345", "p@s/w+rd= &\"é9'", "a%2Bb%zz?{symbol}"]
STREAM = {
    "transport": "websocket",
    "join": [{"channel": "p"}],
    "frame": {"channel": "ch", "payload": "data"},
    "redis_key": "raw:v:s",
    "ttl_seconds": 60,
}
keys = st.text(st.characters(codec="utf-8"), min_size=4, max_size=24).filter(
    lambda key: len(key.strip()) >= 4
)


def filled(source: dict[str, Any], **environ: str) -> dict[str, Any]:
    tree = fill({"data_sources": {"v": source}}, environ).tree
    return dict(tree["data_sources"]["v"])


def http_address(environ: dict[str, str], base_url: str, **endpoint: Any) -> str:
    source = filled({"base_url": base_url, "endpoints": {"q": endpoint}}, **environ)
    bench = Bench(source["base_url"], source["endpoints"])
    return str(bench.feeds["q"].recipe.plan.request({}, 0.0).url)


def websocket_address(source: dict[str, Any], **environ: str) -> str:
    async def nobody(_budget: str, _group: object) -> Slot:
        raise AssertionError("nothing is asked here")

    async def scenario() -> str:
        root = Root.model_validate({"data_sources": {"v": filled(source, **environ)}})
        found = resolve(root, Secrets(environ, ["KEY"])).sources["v"]
        around = Bench("http://h", {"q": {"path": "/q"}}).around
        vendor = Vendor(
            found, of_source(found.source, Secrets(environ, ["KEY"])), around, lambda _: None
        )
        board = Switchboard(nobody)
        board.update({each.id: each for each in found.endpoints.values()}, {"v": vendor})
        (stream,) = board.streams
        await board.close()
        return str(stream.address.url)

    return asyncio.run(scenario())


def asked(address: str, name: str = "token") -> str:
    return parse_qs(urlsplit(address).query, keep_blank_values=True)[name][0]


@pytest.mark.parametrize("key", ODD)
def test_a_key_in_an_address_came_to_the_vendor_as_another(key: str) -> None:
    """A `+` was a space there, and of what followed a `#` the vendor saw nothing."""
    address = http_address({"KEY": key}, "http://h", url="http://h/q?token=${KEY}&a=1")
    assert asked(address) == key
    assert asked(address, "a") == "1"
    source = {
        "base_url": "http://h",
        "endpoints": {"s": {**STREAM, "url": "ws://h/s?token=${KEY}"}},
    }
    assert asked(websocket_address(source, KEY=key)) == key


@pytest.mark.parametrize("key", ODD)
def test_a_key_in_a_path_left_its_place(key: str) -> None:
    for base, path in (("http://h/${KEY}", "/q"), ("http://h", "/${KEY}/q")):
        parts = urlsplit(http_address({"KEY": key}, base, path=path))
        assert [unquote(part) for part in parts.path.split("/")] == ["", key, "q"]
        assert not parts.query


@pytest.mark.parametrize("key", ODD[:3])
def test_auth_by_query_is_written_alike_over_http_and_websocket(key: str) -> None:
    auth = {"type": "query", "name": "token", "token_env": "KEY"}
    source = {
        "base_url": "http://h",
        "auth": auth,
        "endpoints": {"s": {**STREAM, "url": "ws://h/s?a=1"}},
    }
    address = websocket_address(source, KEY=key)
    over_http = Bench("http://h", {"q": {"url": "http://h/s?a=1"}}, auth=auth, environ={"KEY": key})
    assert address == str(over_http.feeds["q"].recipe.plan.request({}, 0.0).url).replace(
        "http", "ws"
    )
    assert asked(address) == key


@pytest.mark.parametrize(
    ("written", "value", "made"),
    [
        ("${X}", "https://h:8080/v1?a=b", "https://h:8080/v1?a=b"),
        ("${X}/v1", "https://h:8080", "https://h:8080/v1"),
        ("https://${X}/v1", "h:8080", "https://h:8080/v1"),
        ("https://h${X}", "/v1", "https://h/v1"),
        ("https://h/${X:-a/b}", "", "https://h/a/b"),
        ("${X}?t=${X}", "http://h", "http://h?t=http%3A%2F%2Fh"),
        ("https://h?t=${X}", "a+b", "https://h?t=a%2Bb"),
    ],
)
def test_what_begins_an_address_and_its_host_are_left_as_they_are(
    written: str, value: str, made: str
) -> None:
    assert filled({"base_url": written}, X=value)["base_url"] == made


def test_what_is_no_address_is_left_as_it_is() -> None:
    source = {"headers": {"path": "x/${X}"}, "endpoints": {"q": {"params": {"url": "x/${X}"}}}}
    assert filled(source, X="a+b") == {
        "headers": {"path": "x/a+b"},
        "endpoints": {"q": {"params": {"url": "x/a+b"}}},
    }


@pytest.mark.parametrize("key", ODD)
def test_a_key_in_an_address_is_known_as_one(key: str) -> None:
    secrets = Secrets({"KEY": key}, used=["KEY"])
    source = filled({"base_url": "https://h/${KEY}", "endpoints": {}}, KEY=key)
    assert of_source(Source.model_validate(source), secrets).secrets == (key,)
    assert secrets.redact(source["base_url"]) == "https://h/***"


@st.composite
def coded(draw: st.DrawFn) -> tuple[str, str]:
    """A key, and how some vendor writes it in an address."""
    key = draw(keys)
    written = ""
    for character in key:
        plain = character not in "%+" and draw(st.booleans())
        if plain:
            written += character
        elif character == " " and draw(st.booleans()):
            written += "+"
        else:
            hexes = (f"%{byte:02x}" for byte in character.encode())
            written += "".join(draw(st.sampled_from((one, one.upper()))) for one in hexes)
    return key, written


@given(coded(), st.text(max_size=9), st.text(max_size=9))
def test_a_key_was_shown_where_the_vendor_escaped_other_characters_of_it_than_we(
    pair: tuple[str, str], before: str, after: str
) -> None:
    key, written = pair
    redactor = Redactor()
    redactor.register(key)
    shown = redactor.redact(f"{before}{written}{after}")
    assert written not in shown
    body = f"{before}{written}{after}".encode()
    kept = Escaped([key]).mask_bytes(body).replace(key.encode(), b"***")
    assert written.encode() not in kept


@pytest.mark.parametrize(
    "written",
    [
        "p@s/w%2Brd%3D+%26%22%C3%A99%27",
        r"p@s\/w%2brd=%20%26%22%c3%a99'",
        "%70%40s/w%2Brd%3d &\"é9'",
    ],
)
def test_every_choice_of_what_is_escaped_is_masked(written: str) -> None:
    assert unquote_plus(written.replace(r"\/", "/")) == ODD[2]
    redactor = Redactor()
    redactor.register(ODD[2])
    assert redactor.redact(f"bad key {written}!") == "bad key ***!"
    assert Escaped([ODD[2]]).mask_bytes(f"<{written}>".encode()) == b"<***>"
