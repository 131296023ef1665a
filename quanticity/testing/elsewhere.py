"""The same story in a process of its own: other hash seed, other time zone, nothing left over.

`main` reads an `Order` and writes an `Answer`. A run that does not come back within its time
budget ends the process, with the line where it was.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from quanticity.clock import cpu_seconds
from quanticity.component import Component
from quanticity.testing import watchdog
from quanticity.testing.scenario import Example, Subject, play, timed

_GRACE = 1.0
_LONGEST = 100.0
_START = """
from quanticity.heap import reading
with reading():
    from quanticity.testing.elsewhere import main
main()
"""
_OTHER = {"PYTHONHASHSEED": "20260105", "TZ": "Pacific/Auckland"}


class Order(msgspec.Struct):
    """What to run: a component by its file, module and name within, and its story."""

    path: list[str]
    module: str
    file: str
    name: str
    params: bytes
    values: dict[str, str]
    start: float
    examples: tuple[Example, ...]


class Told(msgspec.Struct):
    """One run: outputs as (name, text), what it remembers, how it failed, how long it took."""

    outputs: tuple[tuple[str, bytes], ...] = ()
    state: bytes | None = None
    error: str = ""
    where: str = ""
    seconds: float = 0.0


class Answer(msgspec.Struct):
    """All runs, or why there are none."""

    runs: tuple[Told, ...] = ()
    problem: str = ""


def told_elsewhere(subject: Subject, examples: tuple[Example, ...]) -> Answer:
    """What the story comes to in a process of its own."""
    component = subject.component
    module = sys.modules.get(component.__module__)
    file = getattr(module, "__file__", None)
    if file is None or "<locals>" in component.__qualname__:
        where = "inside a function" if file else "in no file"
        said = f"{component.__qualname__} stands {where}, where no other process finds it"
        return Answer(problem=f"{said}: move it to the top of a file")
    order = Order(
        path=list(sys.path),
        module=component.__module__,
        file=file,
        name=component.__qualname__,
        params=subject.params.model_dump_json().encode(),
        values=dict(subject.values),
        start=subject.start,
        examples=examples,
    )
    environ = {**os.environ, **_OTHER}
    home = str(Path(__file__).resolve().parents[2])
    environ["PYTHONPATH"] = os.pathsep.join(filter(None, (home, environ.get("PYTHONPATH"))))
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter and module
            [sys.executable, "-c", _START],
            input=msgspec.msgpack.encode(order),
            capture_output=True,
            timeout=_LONGEST,
            env=environ,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Answer(problem=f"its story did not end within {_LONGEST:g} s")
    if done.returncode == 0:
        return msgspec.msgpack.decode(done.stdout, type=Answer)
    said = done.stderr.decode(errors="replace")
    if watchdog.was_too_slow(done.returncode, said):
        budget = component.time_budget
        text = f"a run takes longer than its time budget of {budget:g} s"
        line = re.search(rf'File "{re.escape(file)}", line (\d+)', said)
        return Answer(problem=f"{text}: it was at {file}:{line[1]}" if line else text)
    last = "".join(f", {line}" for line in said.strip().splitlines()[-1:])
    return Answer(problem=f"it ends its process: exit status {done.returncode}{last}")


def main() -> None:
    """The other side."""
    out = os.fdopen(os.dup(1), "wb")
    # What a plugin prints goes where errors go, and never between the bytes of the answer.
    os.dup2(2, 1)
    order = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Order)
    sys.path[:] = order.path
    answer = _answer(order)
    out.write(msgspec.msgpack.encode(answer))
    out.close()


def _answer(order: Order) -> Answer:
    try:
        module = _module(order)
        found: Any = module
        for name in order.name.split("."):
            found = getattr(found, name)
        component: type[Component] = found
        params = component.Params.model_validate_json(order.params)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a stranger's module
        return Answer(problem=f"it cannot be loaded anew: {type(error).__name__}: {error}")
    watchdog.watch()
    budget = component.time_budget + _GRACE
    seconds: list[float] = []
    run = timed(
        # On a machine with other work, too, a run is as quick as it is.
        cpu_seconds,
        lambda: watchdog.begin(budget),
        watchdog.end,
        seconds.append,
    )
    subject = Subject(component, params, order.values, order.start)
    runs = play(subject.harness(run), order.examples)
    return Answer(
        tuple(
            Told(
                tuple((one.name, one.data) for one in ran.data),
                ran.state,
                ran.error,
                ran.where,
                took,
            )
            for ran, took in zip(runs, seconds, strict=True)
        )
    )


def _module(order: Order) -> ModuleType:
    with contextlib.suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(order.module)
        if spec is not None and spec.origin == order.file:
            return importlib.import_module(order.module)
    spec = importlib.util.spec_from_file_location(order.module, order.file)
    if spec is None or spec.loader is None:
        raise ImportError(order.file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[order.module] = module
    spec.loader.exec_module(module)
    return module
