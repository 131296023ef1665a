"""How a test runs a pure component of `plugins/`: bound and executed as live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from quanticity.component import Component
from quanticity.runtime.binding import bind
from quanticity.runtime.execute import execute
from quanticity.spec import Spec


def run(
    component: type[Component],
    views: Mapping[str, Any],
    now: float,
    *,
    params: Spec | None = None,
    state: bytes | None = None,
    **values: str,
) -> tuple[dict[str, Any], bytes | None]:
    """Outputs by key, and the state; the same again must give the same bytes."""
    binding = bind(component, params or component.Params(), values)
    one = execute(binding, views, state, now)
    again = execute(binding, views, state, now)
    assert one.error == ""
    assert [each.data for each in one.outputs] == [each.data for each in again.outputs]
    assert one.state == again.state
    return {each.key: orjson.loads(each.data) for each in one.outputs}, one.state
