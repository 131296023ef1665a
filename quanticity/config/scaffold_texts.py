"""What `new analytic` and `new distributor` write. Words in capitals are filled in."""

from __future__ import annotations

ANALYTIC = '''\
"""One line: what this makes of its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quanticity.api import Analytic, Inputs, Key, OnChange, Spec, field


class CLASSParams(Spec):
    """What the config may set: components: {NAME: {params: {least: 2}}}."""

    least: int = field(1, help="fewer rows than this are too few", unit="rows", ge=1)


class CLASS(Analytic):
    """How many rows the body has."""

    name = "NAME"
    Params = CLASSParams
    reads = {"body": Key("KEY", AGE)}
    writes = {"count": Key("analytics:NAME:{symbol}", ttl=AGE)}
    trigger = OnChange("body")

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """Pure: no clock, no network, no chance. What cannot be had is None, with its reason."""
        body = inputs.body.data
        rows = body.get("data") if isinstance(body, Mapping) else body
        if isinstance(rows, str) or not isinstance(rows, Sequence):
            return {"count": {"rows": None, "reason": "the body has no rows"}}, state
        if len(rows) < self.params.least:
            return {"count": {"rows": None, "reason": f"only {len(rows)} rows"}}, state
        return {"count": {"rows": len(rows), "reason": None}}, state
'''

ANALYTIC_TEST = '''\
"""What `plugins/analytics/NAME.py` makes of its inputs."""

from plugins.analytics.NAME import CLASS
from quanticity.testing import Harness, contract_suite

VALUES = {"symbol": "SYMBOL"}
BODY = {"data": [{"price": "1.5"}, {"price": "1.6"}]}


def test_it_counts_the_rows_of_the_body():
    harness = Harness(CLASS, values=VALUES)
    harness.give("body", BODY)
    harness.run()
    assert harness.value("count") == {"rows": 2, "reason": None}


def test_what_cannot_be_had_is_null_with_its_reason():
    harness = Harness(CLASS, params={"least": 3}, values=VALUES)
    harness.give("body", BODY)
    harness.run()
    assert harness.value("count") == {"rows": None, "reason": "only 2 rows"}


def test_an_old_body_is_not_used():
    harness = Harness(CLASS, values=VALUES)
    harness.give("body", BODY, age=AGE + 1)
    harness.run()
    assert "body" in harness.waits_for


def test_it_keeps_the_contract():
    contract_suite(CLASS, values=VALUES, given={"body": BODY})
'''

DISTRIBUTOR = '''\
"""One line: whom this tells, and how."""

from __future__ import annotations

from quanticity.api import (
    Context,
    Delivered,
    DeliveryError,
    Distributor,
    Key,
    Kind,
    Message,
    Spec,
    TransportError,
    field,
)


class CLASSParams(Spec):
    """What the config may set: components: {NAME: {enabled: true, params: {...}}}."""

    url_env: str = field("NAME_URL", help="environment variable that holds the address")


class CLASS(Distributor):
    """Posts each message as JSON."""

    name = "NAME"
    Params = CLASSParams
    reads = {
        "alerts": Key("analytics:alerts", kind=Kind.EVENTS),
        "signals": Key("signals:pending", kind=Kind.EVENTS),
    }
    limits = ((30, 60.0),)  # the channel's own pace: messages in seconds
    tries = 5

    async def deliver(self, message: Message, context: Context) -> Delivered:
        """Send it once. A DeliveryError says whether another try may help, and when."""
        url = context.secret(self.params.url_env)
        if url is None:
            raise DeliveryError(f"{self.params.url_env} is not set")
        body = {
            "id": message.id,
            "level": message.level,
            "title": message.title,
            "text": message.text,
            "fields": dict(message.fields),
            "again": message.again,
        }
        try:
            answer = await context.http.ask("POST", url, json=body)
        except TransportError as error:
            # Nobody knows whether it arrived: the next try says `again`.
            raise DeliveryError(str(error), again_in=1.0, unknown=error.sent) from None
        if answer.status == 429 or answer.status >= 500:
            wait = answer.retry_after
            told = f"the channel says {answer.status}"
            unknown = answer.status >= 500
            raise DeliveryError(told, again_in=5.0 if wait is None else wait, unknown=unknown)
        if answer.status >= 300:
            raise DeliveryError(f"the channel refuses it ({answer.status})")
        return Delivered()
'''

DISTRIBUTOR_TEST = '''\
"""What `plugins/distributors/NAME.py` sends, and what it makes of the answers."""

import pytest

from plugins.distributors.NAME import CLASS
from quanticity.api import DeliveryError, TransportError
from quanticity.testing import Stage, answer, message

HERE = {"NAME_URL": "https://channel.test/hook"}


def test_a_message_is_posted():
    stage = Stage(CLASS, secrets=HERE, answers=[answer(204)])
    stage.deliver(message("it is noon", title="Noon"))
    (asked,) = stage.asked
    assert (asked.method, asked.url) == ("POST", "https://channel.test/hook")
    assert (asked.json["title"], asked.json["text"]) == ("Noon", "it is noon")


def test_a_channel_that_says_wait_is_asked_again_then():
    stage = Stage(CLASS, secrets=HERE, answers=[answer(429, retry_after="7")])
    with pytest.raises(DeliveryError) as caught:
        stage.deliver(message("it is noon"))
    assert caught.value.again_in == 7.0


def test_a_message_that_may_have_arrived_is_told_as_such():
    stage = Stage(CLASS, secrets=HERE, answers=[TransportError("no answer")])
    with pytest.raises(DeliveryError) as caught:
        stage.deliver(message("it is noon"))
    assert caught.value.unknown


def test_a_refusal_is_final_and_so_is_a_missing_address():
    for stage in (Stage(CLASS, secrets=HERE, answers=[answer(404)]), Stage(CLASS)):
        with pytest.raises(DeliveryError) as caught:
            stage.deliver(message("it is noon"))
        assert caught.value.again_in is None
'''
