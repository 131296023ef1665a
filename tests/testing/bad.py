"""Components that break their contract, each in one way."""

from __future__ import annotations

import datetime as dt
import functools
import os
import random
import secrets
import socket
import subprocess
import threading
import time
import uuid
from datetime import date
from pathlib import Path
from time import time as what_time
from typing import Any

import numpy as np

from quanticity.api import Analytic, Inputs, Key, Kind, Spec, field, number

SEEN: list[float] = []
COUNTS = {"runs": 0}
total = 0.0
# So many that no two seeds of the hash have them in the same order: five did, one time of fifty.
NAMES = {f"name {number}" for number in range(40)}


class Good(Analytic):
    """Breaks nothing: the others change what `figure` says."""

    name = "good"
    reads = {
        "price": Key("raw:price:{symbol}", max_age=60),
        "prints": Key("raw:prints:{symbol}", kind=Kind.EVENTS),
    }
    writes = {"out": Key("feed:out:{symbol}"), "told": Key("feed:told:{symbol}", kind=Kind.EVENTS)}

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[dict[str, Any], Any]:
        data = inputs.price.data
        price = number(data.get("p")) if hasattr(data, "get") else None
        return {"out": {"figure": price, "more": self.figure(inputs, now)}}, None

    def figure(self, inputs: Inputs, now: float) -> Any:
        return now


class WallClock(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return time.time() > 0


class ClockByAnotherName(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return what_time() > 0


class Monotonic(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return time.perf_counter() > 0


class Now(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return dt.datetime.now(dt.UTC).year > 2000


class Today(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return date.today().year > 2000


class HiddenClock(Good):
    """Called by C code alone: no one sees the call, but the figures differ."""

    def figure(self, inputs: Inputs, now: float) -> Any:
        return functools.partial(what_time)()


class TimeZone(Good):
    """The machine's time zone is not the exchange's."""

    def figure(self, inputs: Inputs, now: float) -> Any:
        return dt.datetime.fromtimestamp(now).isoformat()


class Chance(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return random.random() < 2


class ChanceOfNumpy(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return np.random.rand() < 2


class UnseededNumpy(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return np.random.default_rng().random() < 2


class ChanceOfTheSystem(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return os.urandom(4) != b"" and secrets.randbelow(2) < 2


class Identifier(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return len(str(uuid.uuid4()))


class OrderOfASet(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return list(NAMES)


class Network(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        with socket.socket() as one:
            return one.fileno() > 0


class WritesAFile(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        with Path(os.devnull).open("w") as file:
            return file.write("x")


class ReadsAFile(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return len(Path(__file__).read_text()) > 0


class Environment(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return os.environ.get("HOME") is None


class Process(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return subprocess.run(["true"], check=False).returncode


class Thread(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        one = threading.Thread(target=int)
        one.start()
        one.join()
        return 1


class Sleeps(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        time.sleep(0.001)
        return 1


class AppendsToAGlobal(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        SEEN.append(now)
        return 1


class ChangesWhatAGlobalHolds(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        COUNTS["runs"] += 1
        return 1


class SetsAGlobal(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        global total  # noqa: PLW0603
        total += 1
        return 1


class KeepsItOnItself(Good):
    count = 0

    def figure(self, inputs: Inputs, now: float) -> Any:
        self.count += 1
        return 1


class KeepsItOnItsClass(Good):
    runs: list[float] = []

    def figure(self, inputs: Inputs, now: float) -> Any:
        self.runs.append(now)
        return 1


class KeepsItInADefault(Good):
    def figure(self, inputs: Inputs, now: float, seen: list[float] = []) -> Any:  # noqa: B006
        seen.append(now)
        return 1


class UndeclaredInput(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return inputs.chain


class UndeclaredOutput(Good):
    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[dict[str, Any], Any]:
        return {"other": 1}, None


class NotANumber(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return float("nan")


class ChangesItsInput(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        inputs.price.data["p"] = 1
        return 1


class TrustsItsVendor(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return inputs.price.data["p"] * 2


class NeedsEvents(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        return len(inputs.prints.data[0])


class Slow(Good):
    time_budget = 0.05

    def figure(self, inputs: Inputs, now: float) -> Any:
        return sum(range(6_000_000))


class Hangs(Good):
    time_budget = 0.2

    def figure(self, inputs: Inputs, now: float) -> Any:
        while True:
            pass


class Ends(Good):
    def figure(self, inputs: Inputs, now: float) -> Any:
        os._exit(3)


class Rate(Spec):
    rate: float = field(3, help="a whole number by default, and a decimal as soon as it is written")


class Half(Good):
    Params = Rate

    def figure(self, inputs: Inputs, now: float) -> Any:
        return self.params.rate


class Misspelt(Analytic):
    name = "misspelt"
    reads = {"price": Key("raw:price:{symbol}")}

    def comptue(self, inputs: Inputs, state: Any, now: float) -> Any:
        return {}, None


for _one in list(vars().values()):
    if isinstance(_one, type) and issubclass(_one, Good) and _one is not Good:
        _one.name = _one.__name__.lower()
