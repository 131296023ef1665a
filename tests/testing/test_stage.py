"""An edge on the stage: what it sends, writes and keeps, with answers and time made up."""

from __future__ import annotations

import pytest

from plugins.distributors.discord import Discord
from quanticity.api import Context, DeliveryError, HttpAnswer, Key, Kind, Source, TransportError
from quanticity.errors import UndeclaredWrite
from quanticity.testing import MONDAY, Stage, answer, message

URL = "https://discord.test/api/webhooks/1/x"
SECRETS = {"DISCORD_WEBHOOK_URL": URL}


class Ticker(Source):
    name = "ticker"
    reads = {"price": Key("raw:price:{symbol}", 60)}
    writes = {"tick": Key("feed:tick:{symbol}", kind=Kind.EVENTS), "last": Key("feed:last")}

    async def run(self, context: Context) -> None:
        count = int(await context.saved() or b"0")
        while True:
            count += 1
            price = await context.get("price")
            context.put("tick", {"at": context.now(), "price": price and price.data})
            context.put("last", count)
            context.save(str(count).encode())
            await context.sleep(10)


class Stray(Ticker):
    name = "stray"

    async def run(self, context: Context) -> None:
        context.put("tock", 1)


def test_what_a_distributor_sends_and_what_it_makes_of_the_answer():
    stage = Stage(Discord, secrets=SECRETS, answers=[answer(200, {"id": "77"})])
    assert stage.deliver(message("it is noon", title="Clock")).receipt == "77"
    (asked,) = stage.asked
    assert (asked.method, asked.url) == ("POST", f"{URL}?wait=true")
    assert asked.json["embeds"][0]["description"] == "it is noon"


def test_trouble_is_raised_as_the_distributor_tells_it():
    answers: list[HttpAnswer | Exception] = [
        answer(429, retry_after="2"),
        TransportError("gone"),
        answer(404),
    ]
    stage = Stage(Discord, secrets=SECRETS, answers=answers)
    told = []
    for _ in answers:
        with pytest.raises(DeliveryError) as failed:
            stage.deliver(message("x"))
        told.append((failed.value.again_in, failed.value.unknown))
    assert told == [(2.0, False), (1.0, True), (None, False)]
    with pytest.raises(AssertionError, match="the stage has no answer left"):
        stage.deliver(message("x"))
    with pytest.raises(DeliveryError, match="DISCORD_WEBHOOK_URL is not set"):
        Stage(Discord).deliver(message("x"))


def test_a_source_runs_for_as_long_as_the_test_says():
    stage = Stage(Ticker, values={"symbol": "SPY"})
    stage.give("price", 5.0)
    stage.run(25)
    assert [one["at"] - MONDAY for one in stage.events("tick")] == [0, 10, 20]
    assert stage.now == MONDAY + 25
    assert stage.events("tick")[0]["price"] == 5.0
    stage.run(60)
    assert stage.events("tick")[-1]["price"] is None  # too old by now
    assert stage.value("last") == 10


def test_an_undeclared_key_is_refused_as_live():
    with pytest.raises(
        UndeclaredWrite, match="stray:SPY: it writes 'tock' but declares last, tick"
    ):
        Stage(Stray, values={"symbol": "SPY"}).run(1)
