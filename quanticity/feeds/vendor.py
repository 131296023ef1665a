"""One source at work: its connections, its credentials, what it costs and what it says."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from yarl import URL

from quanticity.config.effective import EffectiveSource
from quanticity.errors import FetchError, VendorRefused
from quanticity.feeds.cost import CostMeter
from quanticity.feeds.credentials import Credentials
from quanticity.feeds.http import Answer, HttpClient, Unsent
from quanticity.feeds.limits import LimitHeaders
from quanticity.feeds.patience import TimeLimits
from quanticity.feeds.ports import Surroundings, Tell
from quanticity.feeds.redirect import MOST_HOPS, REDIRECTS, Hop, next_hop
from quanticity.feeds.request import Request
from quanticity.pace.ports import Lane, Word
from quanticity.redaction import Escaped, written_forms
from quanticity.store.names import heartbeat_key

_BEAT_EVERY = 1.0
_SAVE_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one request of an endpoint may take and costs: time, bytes of body, money."""

    endpoint: str
    limits: TimeLimits
    most: int
    price: float


class Vendor:
    """Sends the requests of all feeds of one source, each on a slot of its own.

    `tell` is where the vendor's words about its limits go: the source's budget.
    """

    def __init__(
        self,
        source: EffectiveSource,
        credentials: Credentials,
        around: Surroundings,
        tell: Tell,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.source = source
        self.name = source.name
        self.credentials = credentials
        self.around = around
        self.cost = CostMeter(source.source.cost_budget, around.calendar)
        # Runs of its feeds that are under way, those of feeds that are gone among them.
        self.runs = 0
        # Whether the vendor's last word about our key was a no.
        self.key_refused = False
        # A vendor may repeat a key as it stood in the address, or escaped.
        forms = {form for secret in credentials.secrets for form in written_forms(secret)}
        self.secrets = tuple(
            form.encode("utf-8", "surrogatepass") for form in sorted(forms, key=len, reverse=True)
        )
        self._escaped = Escaped(credentials.secrets)
        self._tell = tell
        self._tls = tls
        self._headers = LimitHeaders(source.limits.headers)
        self._http = HttpClient({**source.source.headers, **credentials.headers}, tls=tls)
        self._abroad: HttpClient | None = None
        self._beats: dict[str, float] = {}
        self._saved = -_SAVE_EVERY

    async def start(self) -> None:
        """Take up what an earlier run left: what was spent.

        StoreUnavailable while that cannot be known; until it is, `cost` is `unread`.
        """
        if self.cost.follows:
            return
        self.cost.restore(await self.around.store.state(self._state))

    async def close(self) -> None:
        """Save what was spent and let go of the connections."""
        if self.cost.changed and not self.cost.unread:
            self.around.store.put_state(self._state, self.cost.saved())
        await self._http.close()
        if self._abroad is not None:
            await self._abroad.close()

    @property
    def _state(self) -> str:
        return f"cost:{self.name}"

    def tell(self, word: Word) -> None:
        """Pass on what the vendor said of its limits."""
        self._tell(word)

    def refuse_key(self) -> None:
        """The vendor said that it does not take our key; the next good answer says otherwise."""
        self.key_refused = True

    async def ask(
        self,
        lane: Lane,
        method: str,
        request: Request,
        headers: Mapping[str, str] | None,
        bounds: Bounds,
    ) -> Answer:
        """Send one request, follow at most three redirects, and tell what the headers say.

        Each hop takes a slot. TransportError, BadBody and VendorRefused as they come.
        """
        hop, clock = Hop(method, request.url, headers, request.data), self.around.clock
        for _ in range(MOST_HOPS + 1):
            slot = await lane.slot()
            began = clock.monotonic()
            http = self._foreign() if hop.abroad else self._http
            try:
                answer = await http.send(
                    slot,
                    hop.method,
                    hop.url,
                    headers=hop.headers,
                    data=hop.data,
                    limits=bounds.limits,
                    most=bounds.most,
                )
            except Unsent:
                raise
            except FetchError:
                self._spend(bounds)
                raise
            answer.seconds = clock.monotonic() - began
            self._spend(bounds)
            if self._headers.named and not hop.abroad:
                word = self._headers.word(answer.headers, clock.now())
                if word is not None:
                    self._tell(word)
            if answer.status not in REDIRECTS or "Location" not in answer.headers:
                return answer
            hop = next_hop(hop, answer, self.credentials)
        raise VendorRefused(f"more than {MOST_HOPS} redirects", status=answer.status)

    def _foreign(self) -> HttpClient:
        if self._abroad is None:
            self._abroad = HttpClient({}, tls=self._tls)
        return self._abroad

    def _spend(self, bounds: Bounds) -> None:
        if not bounds.price:
            return
        clock = self.around.clock
        self.cost.spend(bounds.endpoint, bounds.price, clock.now())
        # What an earlier run spent is in the store alone until it was read.
        if clock.monotonic() - self._saved >= _SAVE_EVERY and not self.cost.unread:
            self._saved = clock.monotonic()
            self.around.store.put_state(self._state, self.cost.saved())

    def beat(self, short: str, received: float, life: Callable[[float], float]) -> None:
        """Say that this source is alive: `heartbeat:uw`, at most once a second.

        `life` tells how long (seconds) one of epoch second `received` lives.
        """
        now = self.around.clock.monotonic()
        if now - self._beats.get(short, -_BEAT_EVERY) >= _BEAT_EVERY:
            self._beats[short] = now
            self.around.store.put_plain(heartbeat_key(short), f"{received:.3f}", life(received))

    def scrub(self, body: bytes) -> bytes:
        """The body without our own secrets: vendors echo keys, and nobody may store one."""
        # First what may be escaped in part: of a key inside another, the rest would be left.
        body = self._escaped.mask_bytes(body)
        for secret in self.secrets:
            if secret in body:
                body = body.replace(secret, b"***")
        return body

    def shown(self, url: URL) -> str:
        """A URL as it may be shown: without its query."""
        return str(url.with_query(None))
