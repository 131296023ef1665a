"""Redirects: each hop has a slot, and credentials stay home."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

from quanticity.errors import VendorRefused
from quanticity.feeds.credentials import Credentials
from quanticity.feeds.http import Answer
from quanticity.feeds.redirect import Hop, next_hop
from quanticity.logs import redact, register_secret
from tests.feeds.loopback import Bench, answering, serving

SECRET = "s3cr3t-token-of-ours"
AUTHS: dict[str, dict[str, Any]] = {
    "bearer": {"type": "bearer", "token_env": "V_TOKEN"},
    "header": {"type": "header", "name": "X-Api-Key", "token_env": "V_TOKEN"},
    "query": {"type": "query", "name": "apikey", "token_env": "V_TOKEN"},
}


def _all_of(request: web.Request) -> str:
    return f"{request.rel_url} {dict(request.headers)}"


def _redirect(location: str, status: int = 302) -> Any:
    return answering("moved", status=status, Location=location)


@pytest.mark.parametrize("auth", sorted(AUTHS))
def test_to_another_host_no_credential_goes(auth: str) -> None:
    async def main() -> None:
        async with serving(answering({"rows": []})) as (abroad, foreign):
            # The vendor even puts our own key into the address it sends us to.
            target = f"{abroad}/x?apikey={SECRET}&copy={SECRET}&symbol=SPY"
            async with serving(_redirect(target)) as (home, arrived):
                bench = Bench(
                    home,
                    {"quote": {"path": "/quote", "headers": {"X-Own": f"own-{SECRET}"}}},
                    auth=AUTHS[auth],
                    headers={"Cookie": f"session={SECRET}"},
                    environ={"V_TOKEN": SECRET},
                )
                lane = await bench.run("quote")
                await bench.vendor.close()
        assert bench.raw("raw:v:quote") == b'{"rows":[]}'
        assert lane.endings == ["headers+done"] * 2
        assert SECRET in _all_of(arrived[0])
        assert SECRET not in _all_of(foreign[0])
        assert foreign[0].query == {"symbol": "SPY"}

    asyncio.run(main())


@pytest.mark.parametrize("auth", sorted(AUTHS))
def test_on_the_same_host_credentials_go_along(auth: str) -> None:
    async def main() -> None:
        async def moved(request: web.Request) -> web.StreamResponse:
            if request.path == "/quote":
                raise web.HTTPMovedPermanently("/v2/quote")
            return web.json_response({"ok": True})

        async with serving(moved) as (home, arrived):
            bench = Bench(
                home,
                {"quote": {"path": "/quote"}},
                auth=AUTHS[auth],
                environ={"V_TOKEN": SECRET},
            )
            lane = await bench.run("quote")
            await bench.vendor.close()
        assert len(lane.slots) == 2
        assert arrived[1].path == "/v2/quote"
        assert SECRET in _all_of(arrived[1])

    asyncio.run(main())


def test_the_way_back_home_gives_no_credential_back() -> None:
    async def main() -> None:
        homes: list[str] = []

        async def home_server(request: web.Request) -> web.StreamResponse:
            if request.path == "/quote":
                raise web.HTTPFound(f"{homes[1]}/away")
            return web.json_response({"at": request.path})

        async def foreign_server(request: web.Request) -> web.StreamResponse:
            raise web.HTTPFound(f"{homes[0]}/chosen-by-them")

        async with serving(home_server) as (home, arrived), serving(foreign_server) as (away, _):
            homes[:] = [home, away]
            bench = Bench(
                home,
                {"quote": {"path": "/quote"}},
                auth=AUTHS["bearer"],
                environ={"V_TOKEN": SECRET},
            )
            await bench.run("quote")
            await bench.vendor.close()
        assert arrived[1].path == "/chosen-by-them"
        assert SECRET not in _all_of(arrived[1])

    asyncio.run(main())


def test_after_three_hops_it_is_enough() -> None:
    async def main() -> None:
        async with serving(_redirect("/again")) as (home, arrived):
            bench = Bench(home, {"quote": {"path": "/quote"}})
            lane = await bench.run("quote")
            await bench.vendor.close()
        assert bench.error("quote") == "more than 3 redirects"
        assert len(lane.slots) == len(arrived) == 4

    asyncio.run(main())


def _answer(status: int, location: str) -> Answer:
    from multidict import CIMultiDict, CIMultiDictProxy

    return Answer(status, CIMultiDictProxy(CIMultiDict({"Location": location})), b"", URL())


def _hop(method: str = "GET", data: bytes | None = None, url: str = "https://v.com/a") -> Hop:
    return Hop(method, URL(url), {"Accept": "text/csv", "X-Own": "1"}, data)


def test_from_https_to_http_is_refused() -> None:
    with pytest.raises(VendorRefused, match="from https to http"):
        next_hop(_hop(), _answer(302, "http://v.com/a"), Credentials())


@pytest.mark.parametrize("location", ["ftp://v.com/a", "http://[::bad"])
def test_what_is_no_web_address_is_refused(location: str) -> None:
    with pytest.raises(VendorRefused, match="a redirect to what is no"):
        next_hop(_hop(), _answer(302, location), Credentials())


def test_a_body_never_goes_to_another_host() -> None:
    with pytest.raises(VendorRefused, match="with a body to another host"):
        next_hop(_hop("POST", b"{}"), _answer(307, "https://other.com/a"), Credentials())


@pytest.mark.parametrize(
    ("status", "method", "data"),
    [(301, "GET", None), (302, "GET", None), (303, "GET", None), (307, "POST", b"{}")],
)
def test_a_post_becomes_a_get_where_the_web_says_so(
    status: int, method: str, data: bytes | None
) -> None:
    hop = next_hop(_hop("POST", b"{}"), _answer(status, "/b"), Credentials())
    assert (hop.method, hop.data, hop.abroad) == (method, data, False)


def test_only_harmless_headers_travel_abroad() -> None:
    hop = next_hop(_hop(), _answer(302, "https://other.com/a"), Credentials())
    assert hop.headers == {"Accept": "text/csv"}


def test_an_upgrade_to_https_on_the_same_host_is_home_and_another_port_is_not() -> None:
    upgraded = next_hop(_hop(url="http://v.com/a"), _answer(301, "https://v.com/a"), Credentials())
    assert not upgraded.abroad
    moved = next_hop(_hop(), _answer(301, "https://v.com:8443/a"), Credentials())
    assert moved.abroad


@pytest.mark.parametrize(
    "location",
    [
        f"https://other.test/{SECRET}",
        f"https://other.test/x;{SECRET}?a=1",
        f"https://{SECRET}.other.test/",
        "https://other.test/" + "".join(f"%{ord(sign):02x}" for sign in SECRET),
    ],
)
def test_a_key_in_the_path_of_a_redirect_went_to_another_host(location: str) -> None:
    hop = Hop("GET", URL("https://v.test/x"), None, None)
    with pytest.raises(VendorRefused) as refused:
        next_hop(hop, _answer(302, location), Credentials(secrets=(SECRET,)))
    assert "would carry our key to another host" in str(refused.value)


@pytest.mark.parametrize(
    ("here", "status", "data"), [("http", 302, None), ("https", 302, None), ("http", 307, b"{}")]
)
def test_a_key_in_the_name_of_a_host_was_told_in_small_letters(
    here: str, status: int, data: bytes | None
) -> None:
    key = "Aq7Xs3cr3tTokenOfOurs"
    hop = Hop("POST" if data else "GET", URL(f"{here}://v.test/x"), None, data)
    answer = _answer(status, f"http://{key}.other.test/")
    with pytest.raises(VendorRefused) as refused:
        next_hop(hop, answer, Credentials(secrets=(key,)))
    assert key.lower() not in str(refused.value).lower()
    register_secret(key)
    assert redact(str(URL(f"https://{key}.v.test/x"))) == "https://***.v.test/x"
