"""How the handler fares: whether it is connected, what it left out, figures and errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .allotment import USES, Stream
from .connection import Connection
from .desk import Desk
from .errors import Meaning, Means
from .lanes import Lane
from .prints import TICKS
from .publisher import Publisher
from .receiver import Receiver
from .resolver import Resolver

_BEAT_EVERY, _TELL_EVERY = 5.0, 5.0
# One error of one subject is told once in so many seconds; the others are counted.
_SAME_ERROR = 60.0
# So many seconds after the start somebody is told that there was no connection yet.
_NEVER_THERE = 30.0
# Of names and numbers that the other side makes up, only so many are remembered.
_MOST_FARMS, _MOST_CODES = 100, 300
_QUIET = frozenset((Means.NEWS, Means.FARM_UP))
# Whoever keeps the connection says them.
_OF_THE_LINE = frozenset((Means.LOST, Means.BACK, Means.BACK_WITHOUT_DATA, Means.ID_IN_USE))


class Status:
    """Writes the keys of health."""

    def __init__(
        self,
        desk: Desk,
        connection: Connection,
        receiver: Receiver,
        resolver: Resolver,
        publisher: Publisher,
        fares: Callable[[str], None],
    ) -> None:
        """`fares` is the context's: whether there is a connection, for `status` and `run`."""
        self._desk = desk
        self._connection = connection
        self._receiver = receiver
        self._resolver = resolver
        self._publisher = publisher
        self._fares = fares
        self._began = desk.now()
        self._alerted = False
        self._beat = self._told = -float("inf")
        self._before: tuple[float, int] | None = None
        self._was_up: bool | None = None
        self._last_error: dict[tuple[int, str], float] = {}
        self._codes: set[int] = set()
        self.farms: dict[str, str] = {}

    def begin(self) -> None:
        """Nothing is connected yet."""
        self._publisher.plain("connected", "0")

    def up(self, account: str | None) -> None:
        """There is a connection."""
        self._publisher.plain("connected", "1")
        if account is not None:
            self._publisher.plain("account", account)
        if self._alerted:
            self._alerted = False
            self._alert("recovered", f"connected to {self._connection.place}")
        self._was_up = True
        self._told = -float("inf")

    def down(self) -> None:
        """There is none."""
        self._publisher.plain("connected", "0")
        if self._was_up:
            self._alert_loss(self._connection.reason or "closed")
        self._was_up = False
        self._told = -float("inf")

    def _alert_loss(self, reason: str) -> None:
        self._alerted = True
        self._alert("anomaly", f"no connection to {self._connection.place}: {reason}")

    def _tell_trouble(self, now: float) -> None:
        """Say that there is no connection: at once, and as an alert where there never was one."""
        connection = self._connection
        if self._desk.up:
            self._fares("")
            return
        if connection.state == "connecting":
            return
        said = "; ".join(filter(None, (connection.reason or "closed", connection.do)))
        self._fares(f"no connection to {connection.place}: {said}")
        if self._was_up is None and not self._alerted and now - self._began >= _NEVER_THERE:
            self._alert_loss(said)

    def _alert(self, kind: str, said: str) -> None:
        row = {"kind": kind, "component": "ibkr", "message": f"ibkr: {said}", "flag": "connection"}
        self._publisher.event("alerts", row, self._desk.now())

    def error(self, number: int, code: int, text: str, found: Meaning, subject: str) -> None:
        """One word of the vendor: counted, and told where it is no news of a line that is well."""
        desk, now = self._desk, self._desk.now()
        if len(self._codes) < _MOST_CODES:
            self._codes.add(code)
        counted = f"code_{code}" if code in self._codes else "code_others"
        desk.counts[counted] += 1
        if found.means in (Means.FARM_UP, Means.FARM_DOWN):
            self._farm(text.rpartition(":")[2].strip() or text, found.said)
        if found.means in _QUIET:
            return
        desk.counts["errors"] += 1
        key = (code, subject)
        last = self._last_error.get(key, -float("inf"))
        if 0 <= now - last < _SAME_ERROR:
            return
        if len(self._last_error) > 1000:
            self._last_error.clear()
        self._last_error[key] = now
        row = {
            "time": now,
            "code": code,
            "subject": subject or None,
            "request": number if number >= 0 else None,
            "text": text,
            "means": found.means.value,
            "said": found.said,
            "do": found.do or None,
            "count": desk.counts[counted],
        }
        self._publisher.event("errors", row, now)
        if number == -1 and found.means in _OF_THE_LINE:
            return
        said = f"{subject}: " if subject else ""
        do = f"; {found.do}" if found.do else ""
        desk.log.warning(f"{said}error {code}: {text} ({found.said}){do}")

    def _farm(self, name: str, said: str) -> None:
        """The newest word of a farm; of too many the one that was silent for longest is let go."""
        self.farms.pop(name, None)
        self.farms[name] = said
        if len(self.farms) > _MOST_FARMS:
            del self.farms[next(iter(self.farms))]

    def tick(self, now: float) -> None:
        """Whatever is due."""
        self._tell_trouble(now)
        if not 0 <= now - self._beat < _BEAT_EVERY:
            self._beat = now
            self._publisher.plain("connected", "1" if self._desk.up else "0")
            # A beat says that the line answers, not only that somebody runs.
            if self._desk.up and now - self._receiver.heard_at < 2 * self._desk.params.silence:
                self._publisher.plain("heartbeat", f"{now:.3f}")
        if not 0 <= now - self._told < _TELL_EVERY:
            self._told = now
            self._publisher.event("status", self._status(now), now)
            self._publisher.event("subscriptions", self._subscriptions(), now)
            self._publisher.event("metrics", self._metrics(now), now)

    def _status(self, now: float) -> dict[str, Any]:
        desk, connection = self._desk, self._connection
        params = desk.params
        return {
            "state": connection.state,
            "since": connection.since,
            "address": connection.place,
            "reason": connection.reason or None,
            "do": connection.do or None,
            "client_id": params.client_id,
            "order_client_id": params.order_client_id,
            "accounts": list(desk.accounts.names),
            "server_version": connection.version or None,
            "skew": self._receiver.skew,
            "heard": self._receiver.heard_at or None,
            "farms": dict(self.farms),
            "prerequisites": self._prerequisites(),
        }

    def _prerequisites(self) -> list[dict[str, Any]]:
        """What a person has to set in TWS, as far as a connection for data can see it."""
        connection, params = self._connection, self._desk.params
        taken = connection.state == "id_in_use"
        # Behind a port that is closed nobody can know.
        free = False if taken else self._desk.line is not None or None
        do = connection.do or None
        orders = self._desk.accounts.orders
        writable = not orders.refused if orders.refused or orders.time else None
        uncheck = "uncheck 'Read-Only API' in Configure, API, Settings"
        return [
            {
                "what": "the API's port is open",
                "ok": connection.opened,
                "do": None if taken else do,
            },
            {
                "what": f"client id {params.client_id} is free",
                "ok": free,
                "do": do if taken else None,
            },
            {
                "what": f"client id {params.order_client_id} is left to orders, and is not the "
                "master client id",
                "ok": None,
                "do": "leave 'Master API client ID' empty, or set another one",
            },
            {
                "what": "the API is not read-only",
                "ok": writable,
                "do": uncheck if writable is False else None,
            },
        ]

    def _subscriptions(self) -> dict[str, Any]:
        desk = self._desk
        roster, limits = desk.roster, desk.limits()
        left_out = [
            {"stream": one.stream.value, "subject": one.subject, "reason": one.reason}
            for one in desk.allotment.left_out
        ]
        left_out += [
            {"stream": kind, "subject": symbol, "reason": reason}
            for (kind, symbol), reason in sorted(self._resolver.refused.items())
        ]
        rows = [
            {
                "stream": want.stream.value,
                "subject": want.subject,
                "state": self._state(want.id),
            }
            for want in desk.allotment.chosen
        ]
        used = dict.fromkeys(limits, 0)
        for one in roster.by_id.values():
            used[USES[one.stream]] += one.asked_at > 0
        return {"limits": limits, "used": used, "subscribed": rows, "left_out": left_out}

    def _state(self, one: tuple[Stream, str]) -> str:
        found = self._desk.roster.by_id.get(one)
        if found is None:
            return "waits for its contract"
        if not found.asked_at:
            return "waits for its turn"
        return "live" if found.first_at else "asked"

    def _metrics(self, now: float) -> dict[str, Any]:
        desk, counts = self._desk, self._receiver.counts
        messages = sum(counts[name] for name in ("quotes", "greeks", "depth", "ticks", "bars"))
        rate = None
        if self._before is not None and now > self._before[0]:
            rate = (messages - self._before[1]) / (now - self._before[0])
        self._before = (now, messages)
        return {
            "received": dict(sorted(counts.items())),
            "a_second": rate,
            "sent": {lane.name.lower(): count for lane, count in desk.lanes.sent.items()},
            "waiting": {lane.name.lower(): desk.lanes.waiting(lane) for lane in Lane},
            "counts": dict(sorted(desk.counts.items())),
            "connects": self._connection.connects,
            "unseen_venues": dict(desk.venues.unseen.most_common(20)),
            "tapes": {symbol: self._tape(symbol) for symbol in desk.params.printed},
        }

    def _tape(self, symbol: str) -> dict[str, Any]:
        found = self._desk.instruments.get(symbol)
        if found is None:
            return {}
        tape = found.tape
        return {
            "prints": tape.count,
            "with_venue": found.by_venue,
            "from": tape.source,
            "venues": "each print" if tape.source == TICKS else "the last exchange, where told",
            "untold_volume": tape.untold,
            "bad_depth": found.book.bad,
        }
