"""Parameters as a vendor reads them, and routes as it finds them."""

from collections.abc import Mapping
from typing import ClassVar

import pytest

from quanticity.sim.vendors.vendor import (
    Answer,
    BadParameter,
    Instead,
    Param,
    Request,
    Route,
    Vendor,
)


@pytest.mark.parametrize(
    ("param", "given", "value"),
    [
        (Param("n", "int"), ["3"], 3),
        (Param("n", "int"), ["3", "4"], 4),
        (Param("n", "int", default=9), [], 9),
        (Param("x", "number"), ["1.5"], 1.5),
        (Param("b", "bool"), ["TRUE"], True),
        (Param("b", "bool"), ["0"], False),
        (Param("t[]"), [], []),
        (Param("t[]"), ["a", "b"], ["a", "b"]),
        (Param("c", choices=("a", "b")), ["b"], "b"),
        (Param("p", pattern=r"\d+[DW]"), ["5D"], "5D"),
    ],
)
def test_a_parameter_is_read(param, given, value):
    assert param.read(given) == value


@pytest.mark.parametrize(
    ("param", "given"),
    [
        (Param("n", required=True), []),
        (Param("n", "int"), ["x"]),
        (Param("n", "int"), ["1.5"]),
        (Param("n", "int", minimum=1), ["0"]),
        (Param("n", "number", maximum=1), ["1.01"]),
        (Param("d", "date"), ["2026-02-30"]),
        (Param("b", "bool"), ["maybe"]),
        (Param("c", choices=("a", "b")), ["d"]),
        (Param("c[]", choices=("a", "b")), ["a", "d"]),
        (Param("p", pattern=r"\d+[DW]"), ["D5"]),
    ],
)
def test_a_wrong_parameter_is_named(param, given):
    with pytest.raises(BadParameter) as problem:
        param.read(given)
    assert problem.value.name == param.name
    assert problem.value.said


class Small(Vendor):
    name = "small"
    hosts: ClassVar[Mapping[str, str]] = {"a.example": "a", "b.example": "b"}

    def routes(self):
        return [
            Route("/x/{word}", lambda request: Answer.json(request.values["word"])),
            Route("/x/none", self.none),
            Route("/only", lambda _: Answer.json("b"), host="b.example"),
            Route("/post", lambda _: Answer.json("posted"), method="POST"),
        ]

    def none(self, request: Request) -> Answer:
        raise Instead(Answer.json({"nobody": True}, 404))


def ask(path: str, host: str = "a.example", method: str = "GET") -> tuple[int, bytes]:
    answer = Small(None).answer(  # type: ignore[arg-type]
        Request(method, host, path, "", {}, {}, b"", 0.0)
    )
    return answer.status, answer.body


def test_routes_go_by_path_host_and_method():
    assert ask("/x/hello") == (200, b'"hello"')
    assert ask("/x/none") == (404, b'{"nobody":true}')
    assert ask("/x/too/deep")[0] == 404
    assert ask("/only")[0] == 404
    assert ask("/only", "b.example") == (200, b'"b"')
    assert ask("/post")[0] == 404
    assert ask("/post", method="POST") == (200, b'"posted"')


def test_a_dot_in_a_pattern_is_a_dot():
    assert Route("/a.json", lambda _: Answer.json(1)).regex.fullmatch("/axjson") is None
