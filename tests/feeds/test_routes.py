"""Whose a frame is: what is one symbol's is never another's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.schema.websocket import Frame
from quanticity.feeds.frames import FrameReader
from quanticity.feeds.routes import Routes

SYMBOLS = ("A", "AB", "B", "join")


def feed(endpoint: str, symbol: str = "", channels: tuple[str, ...] = (), **frame: Any) -> Any:
    return SimpleNamespace(
        endpoint_id=endpoint,
        values={"symbol": symbol} if symbol else {},
        channels=frozenset(channels),
        reader=FrameReader(Frame(**frame), max_depth=20),
    )


def found(routes: Routes, frame: Any) -> list[tuple[str, str]]:
    return [(one.endpoint_id, one.values.get("symbol", "")) for one, _ in routes.find(frame)]


@given(
    channel=st.sampled_from((None, "c")),
    joined=st.sampled_from(("{0}", "x:{0}", "x", "x:all")),
    symbols=st.lists(st.sampled_from(SYMBOLS), min_size=1, unique=True),
    frame=st.fixed_dictionaries(
        {},
        optional={
            "c": st.sampled_from(("A", "AB", "x", "x:A", "x:AB", "x:all", "join", 5)),
            "s": st.sampled_from((*SYMBOLS, "b", "", None)),
        },
    ),
)
def test_what_says_one_symbol_is_nobody_elses(channel, joined, symbols, frame):
    routes = Routes(
        feed("e", symbol, (joined.format(symbol), "join"), channel=channel, values={"symbol": "s"})
        for symbol in symbols
    )
    for _, symbol in found(routes, frame):
        named = str(frame.get("c"))
        own = channel is not None and symbol.casefold() in named.casefold()
        said = frame.get("s")
        assert own or said is None or said.casefold() == symbol.casefold()
        # Where nothing says whose it is, it can only be of one that is alone.
        assert own or said is not None or ":" in named or len(symbols) == 1


def test_messages_of_one_symbol_were_stored_as_anothers_where_frames_name_no_channel():
    shape: dict[str, Any] = {"payload": "1", "values": {"symbol": "1.sym"}}
    routes = Routes([feed("e", "ABC", **shape), feed("e", "XYZ", **shape)])
    assert found(routes, ["wick", {"sym": "ABC"}]) == [("e", "ABC")]
    assert found(routes, ["wick", {"sym": "xyz"}]) == [("e", "XYZ")]
    assert found(routes, ["wick", {"sym": "QQQ"}]) == []
    assert found(routes, ["wick", {}]) == []
    assert routes.why_nobodys(["wick", {}]).startswith("names the values of no feed")


def test_symbols_that_share_a_channel_are_told_apart_by_what_a_frame_says():
    shape: dict[str, Any] = {"channel": "t", "payload": "d", "values": {"symbol": "d.s"}}
    routes = Routes(feed("e", symbol, ("trades", symbol), **shape) for symbol in ("A", "B"))
    assert found(routes, {"t": "trades", "d": {"s": "A"}}) == [("e", "A")]
    assert found(routes, {"t": "trades", "d": {"s": "B"}}) == [("e", "B")]
    assert found(routes, {"t": "trades", "d": {}}) == []
    assert found(routes, {"t": "quotes", "d": {"s": "A"}}) == []
    unnamed = routes.why_nobodys({"t": "trades", "d": {}})
    assert unnamed == "names the values of no feed where frame.values looks"
    assert "channel 'quotes', which no feed joins" in routes.why_nobodys({"t": "quotes"})
    assert "names no channel at 't'" in routes.why_nobodys({"T": "trades"})


def test_two_endpoints_that_join_one_channel_both_have_its_frames():
    routes = Routes(feed(name, "A", ("x:A",), channel="0", payload="1") for name in ("e", "f"))
    assert found(routes, ["x:A", {}]) == [("e", "A"), ("f", "A")]


def test_without_a_channel_a_frame_is_of_the_endpoint_whose_payload_it_has():
    routes = Routes([feed("trades", payload="trade"), feed("quotes", payload="quote")])
    assert found(routes, {"quote": {}}) == [("quotes", "")]
    assert found(routes, {"trade": {}}) == [("trades", "")]
