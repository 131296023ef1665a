"""A feed: an endpoint bound to one set of values, fetched again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quanticity.errors import FetchError, QuanticityError, StoreError, TransformError
from quanticity.feeds.book import Book
from quanticity.feeds.call import Call
from quanticity.feeds.classify import NothingThere
from quanticity.feeds.conditions import Hold
from quanticity.feeds.delivery import Delivery
from quanticity.feeds.events import SeenByValues
from quanticity.feeds.expand import NoSuchField, products
from quanticity.feeds.fetch import Fetcher, NotModified, limited, several
from quanticity.feeds.held import held
from quanticity.feeds.lent import lent
from quanticity.feeds.message import one_line, same_trouble
from quanticity.feeds.recipe import Recipe
from quanticity.feeds.stats import FeedStats
from quanticity.logs import logger, redact
from quanticity.model import Kind, bind
from quanticity.pace.ports import Job, Lane


class Feed:
    """One periodic task. `run` never raises but for cancellation: what goes wrong is in `stats`.

    Where `expand` takes values from another feed, one run asks for each of them, each on a slot
    and with a key of its own.
    """

    __slots__ = (
        "_book",
        "_call",
        "_calls",
        "_delivery",
        "_job",
        "_seen",
        "edition",
        "former",
        "id",
        "recipe",
        "stats",
        "values",
    )

    def __init__(
        self,
        recipe: Recipe,
        values: Mapping[str, str],
        book: Book,
        earlier: Feed | None = None,
    ) -> None:
        """`earlier` is the same feed, where only its source was edited: a new key, say."""
        self.recipe = recipe
        self.values = values
        self.id = ":".join((recipe.id, *values.values()))
        self.stats: FeedStats = earlier.stats if earlier is not None else FeedStats()
        # Under which names its key was written before, the latest first.
        self.former: tuple[str, ...] = ()
        self.edition = 0
        if earlier is not None:
            # What failed may have failed for the old key: with a new one it is tried at once.
            self.edition = earlier.edition + bool(self.stats.error)
        self._book = book
        self._delivery = Delivery(recipe, self.id, self.stats)
        self._call = None if recipe.borrowed else Call(recipe, values)
        self._calls: dict[tuple[str, ...], Call] = {}
        self._job: Job | None = None
        self._seen: SeenByValues | None = None
        if recipe.spec.kind is Kind.EVENTS:
            spec, store = recipe.spec, recipe.around.store
            id_field = spec.paging.id if spec.paging else None
            self._seen = SeenByValues(
                self.key, self.id, recipe.borrowed, id_field, store, spec.row_order
            )

    def follow(self, earlier: Feed) -> None:
        """Take over from the feed of the same id, or key, that an edit puts an end to.

        What that has seen may not be in the store yet, and it may still be writing.
        """
        self._goes_on((earlier.id, *earlier.former))
        if self._seen is not None and earlier._seen is not None:
            self._seen.follow(earlier._seen)

    def was(self, former: Sequence[str]) -> None:
        """It writes to the key that feeds wrote to that are gone, the latest first."""
        self._goes_on(former)
        if self._seen is not None:
            self._seen.was(self.former)

    def _goes_on(self, former: Sequence[str]) -> None:
        self.former = tuple(name for name in dict.fromkeys(former) if name != self.id)

    @property
    def endpoint_id(self) -> str:
        """`source.endpoint`."""
        return self.recipe.id

    @property
    def key(self) -> str:
        """Where its value goes; a pattern where values are taken from another feed."""
        return self._call.key if self._call else bind(self.recipe.spec.redis_key, self.values)

    @property
    def output_key(self) -> str:
        """Where its transform's value goes; empty where it has none."""
        return self._call.output_key if self._call else ""

    @property
    def fingerprint(self) -> str:
        """Changes with anything in the config that changes what this feed does."""
        return self.recipe.given.fingerprint

    def job(self) -> Job:
        """What the pacer is given; always the same one."""
        if self._job is None:
            spec = self.recipe.spec
            self._job = Job(
                id=self.id,
                budget=self.recipe.vendor.source.budget,
                group=self.recipe.group,
                run=self.run,
                interval=spec.interval_seconds,
                at=spec.at,
                max_calls=self.recipe.max_calls,
                timeout=self.recipe.timeout,
                fingerprint=f"{self.fingerprint}{self.edition or ''}",
                ready=self.ready,
                again_after=self.stats.again_after,
                former=self.former,
            )
        return self._job

    def age(self, now: float) -> float | None:
        """Seconds since the last value came; None where none has."""
        return self.stats.age(now, self.recipe.around.clock.monotonic())

    def limit(self, now: float) -> float:
        """Seconds after which its value is stale, stretched with the session's cadence."""
        recipe = self.recipe
        spec = recipe.spec
        return recipe.around.ages.limit(
            recipe.max_age, recipe.group, spec.interval_seconds, spec.at, now
        )

    def behind(self, now: float) -> float | None:
        """Seconds since the vendor's own time, where that is too old for readers."""
        timestamp = self.stats.timestamp
        return None if timestamp is None else self.recipe.behind(timestamp, now)

    def ready(self, now: float) -> Hold | None:
        """Why it may not run at epoch second `now`, and when to ask again; None where it may."""
        return held(self.recipe, self._book, self.values, now)

    async def run(self, lane: Lane) -> None:
        """One run: fetch, check, store. What fails is counted, told once, and left in `stats`."""
        recipe, stats = self.recipe, self.stats
        now = recipe.around.clock.now()
        stats.tried = now
        stats.running = True
        recipe.vendor.runs += 1
        deadline = recipe.deadline(lane.due, recipe.around.cadence(self.id, now))
        try:
            if self._call is not None:
                await self._fetch(Fetcher(recipe, lane, stats, deadline), self._call, now)
            else:
                await self._fetch_all(lane, deadline, now)
        except NothingThere as nothing:
            recipe.breaker.succeeded()
            self._recovered()
            stats.note = str(nothing)
            if nothing.status is not None:
                # The vendor said so: it is alive.
                self._delivery.beat()
        except (TransformError, NoSuchField) as error:
            recipe.breaker.succeeded()
            self._failed(error)
        except FetchError as error:
            self._not_fetched(error)
        except StoreError as error:
            # Neither the vendor's fault nor a riddle: without what was seen nothing is asked for.
            self._failed(error)
        except Exception as error:  # noqa: BLE001
            # What a vendor sent meets libraries and transforms here: no run ends unseen.
            self._stumbled(error)
        else:
            recipe.breaker.succeeded()
            self._recovered()
        finally:
            stats.running = False
            recipe.vendor.runs -= 1

    async def _fetch(self, fetcher: Fetcher, call: Call, now: float) -> str:
        """Fetch and store the answer to one call; what is to be noted of its pages."""
        seen = self._seen.of(call.values) if self._seen is not None else None
        if seen is not None:
            await seen.restore()
        if self.recipe.transforms:
            await self.recipe.around.transforms.restore(self.id)
            await self._delivery.recall(call)
        try:
            page = await fetcher.body(call, now, ends=seen.ends if seen else None)
        except NotModified:
            await self._delivery.again(call, seen)
            await self._delivery.make_left(call)
            return ""
        except FetchError:
            await self._delivery.make_left(call)
            raise
        if seen is not None:
            await self._delivery.events(call, page, seen)
        else:
            await self._delivery.value(call, page)
        return page.note

    async def _fetch_all(self, lane: Lane, deadline: float, now: float) -> None:
        fetcher = Fetcher(self.recipe, lane, self.stats, deadline)
        try:
            calls, note = await self._choose(now)
        except (NothingThere, NoSuchField):
            # The first slot was granted with the run; unused, it goes back.
            (await lane.slot()).unsent()
            raise
        failed: list[QuanticityError] = []
        of_pages = ""
        for call in calls:
            try:
                said = await self._fetch(fetcher, call, now)
                self.recipe.breaker.succeeded()
                of_pages = of_pages or said
            except NothingThere as nothing:
                self.stats.note = str(nothing)
                self._delivery.beat()
            except (FetchError, TransformError) as error:
                failed.append(error)
                if isinstance(error, FetchError) and limited(error):
                    break
        if not failed:
            # A call that was whole says nothing of the one before it that was not.
            self.stats.note = "; ".join(filter(None, (note, of_pages))) or self.stats.note
            return
        last = failed[-1]
        if isinstance(last, FetchError) and limited(last):
            raise last
        raise several(failed, len(calls))

    async def _choose(self, now: float) -> tuple[list[Call], str]:
        """The calls of this run, from what the lenders' latest values say, and a note."""
        recipe = self.recipe
        lists, note = await lent(recipe, self.values, now)
        most = max(1, recipe.max_calls // recipe.pages)
        combined, whole = products(self.values, lists, most)
        if whole > len(combined):
            note = f"{whole} sets of values, max_calls allows {len(combined)}"
        known = self._calls
        self._calls = {}
        for values in combined:
            mark = tuple(values.values())
            self._calls[mark] = known.get(mark) or Call(recipe, values)
        recipe.around.transforms.keep(self.id, combined)
        if self._seen is not None:
            self._seen.keep(combined)
        return list(self._calls.values()), note

    def _not_fetched(self, error: FetchError) -> None:
        recipe = self.recipe
        if not (limited(error) or error.partly) or error.status == 401:
            recipe.breaker.failed(recipe.around.clock.monotonic())
        for tempo in recipe.tempos:
            tempo.failed(recipe.around.clock.monotonic())
        self._failed(error)

    def _stumbled(self, error: Exception) -> None:
        """A mistake of ours, or of a library with what a vendor sent: a failure like any other.

        Where it was made is told once, in the log.
        """
        self.recipe.breaker.failed(self.recipe.around.clock.monotonic())
        if self._failed(QuanticityError(f"unexpected {type(error).__name__}: {error}")):
            logger.opt(exception=error).error("{}: a run failed", self.id)

    def _failed(self, error: QuanticityError) -> bool:
        """Count a failure, and tell it where it is a new one; whether it is."""
        stats = self.stats
        text = redact(one_line(str(error))).removeprefix(f"{self.id}: ")
        before = stats.failed(text, counted=isinstance(error, TransformError))
        if same_trouble(text, before):
            return False
        self.recipe.around.observer.failed(self.id, text)
        return True

    def _recovered(self) -> None:
        if self.stats.succeeded():
            self.recipe.around.observer.recovered(self.id)
