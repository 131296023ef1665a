"""Recorded bodies through the real engine: they are values, they are errors, contracts bite.

The bodies have no licence to be handed on, so they are not in this repository: the tests look
for them in `shared/vendor/recorded` beside it.
"""

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from quanticity.config.document import read
from quanticity.config.loaded import Loaded
from quanticity.errors import ConfigError, FetchError
from quanticity.feeds.call import Call
from quanticity.feeds.contract_schema import Contract
from quanticity.feeds.feed import Feed
from quanticity.feeds.fetch import Fetcher
from quanticity.feeds.stats import FeedStats
from quanticity.sim.vendors.limits import VendorLimits
from quanticity.sim.vendors.recorded import MAPPING, Played, Recorded
from quanticity.sim.vendors.registry import SHIPPED
from quanticity.sim.vendors.vendor import Answer
from tests.sim.vendors.asking import TEN_OCLOCK
from tests.sim.vendors.contract_bites import mistyped, promised, without
from tests.sim.vendors.engine import CONFIG, ROOT, Engine, shipped, with_engine

FOLDER = ROOT.parent / "shared" / "vendor" / "recorded"
PRESENT = FOLDER.is_dir()
RECORDED: Any = Recorded(FOLDER) if PRESENT else None
SUCCESSES = {played.name: played for played in RECORDED.successes} if RECORDED else {}
ERRORS = {played.name: played for played in RECORDED.errors} if RECORDED else {}
needs_bodies = pytest.mark.skipif(
    not PRESENT, reason="the recorded bodies are not here: shared/vendor/recorded is missing"
)
# In market hours a recording is rightly told to be old: what it keeps is looked at on a Sunday.
SUNDAY = datetime(2026, 10, 18, 14, tzinfo=UTC).timestamp()
FAST = {"windows": [{"limit": 500, "seconds": 1}], "shares": None, "max_in_flight": None}


@dataclass(frozen=True)
class Seen:
    """What became of one recording in the engine."""

    error: str
    drifts: list[str]
    keys: set[str]
    violations: int


@dataclass(frozen=True, slots=True)
class Broken(Played):
    """A recording with another body."""

    body: bytes = b""

    def answer(self) -> Answer:
        return Answer(self.body, 200, self.recording.type_of(self.file))


def overlay() -> dict[str, Any]:
    """The shipped feeds, for the recorded symbols and series, at a pace for tests."""
    wanted: dict[str, dict[str, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    for played in RECORDED.bodies:
        source, _, name = played.recording.endpoint.partition(".")
        endpoint = wanted[source][name]
        endpoint["retry_policy"] = {"attempts": 1}
        for placeholder, value in played.recording.values.items():
            if placeholder == "symbol":
                endpoint["symbols"] = sorted({*endpoint.get("symbols", ()), value})
            else:
                known = endpoint.setdefault("expand", {}).setdefault(placeholder, [])
                known.append(value) if value not in known else None
    return {
        "data_sources": {
            source: {
                "enabled": True,
                "rate_limits": FAST,
                "endpoints": {name: dict(each) for name, each in endpoints.items()},
            }
            for source, endpoints in wanted.items()
        }
    }


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    return shipped(tmp_path_factory.mktemp("recorded"), overlay())


def run(talk: Callable[[Engine], Awaitable[Any]], loaded: Loaded, at: float = SUNDAY) -> Any:
    limits = {vendor.name: VendorLimits(windows=((500, 1.0),)) for vendor in SHIPPED}
    return with_engine(talk, loaded, at=at, paced=True, recorded=RECORDED, limits=limits)


def feed_of(engine: Engine, played: Played) -> Feed:
    return next(
        feed
        for feed in engine.of(played.recording.endpoint)
        if dict(feed.values) == played.recording.values
    )


@pytest.fixture(scope="module")
def seen(loaded) -> dict[str, Seen]:
    """Every recorded success, once through everything."""

    async def talk(engine: Engine) -> dict[str, Seen]:
        found = {}
        for name, played in SUCCESSES.items():
            feed = feed_of(engine, played)
            first = len(engine.store.writes)
            engine.contracts.forget(feed.id)
            RECORDED.play(played, feed.recipe.max_calls)
            drifts = await engine.run(feed)
            RECORDED.stop()
            found[name] = Seen(
                feed.stats.error,
                [str(drift) for drift in drifts],
                {write.key for write in engine.store.writes[first:]},
                len(engine.server.violations()),
            )
        return found

    found: dict[str, Seen] = run(talk, loaded)
    return found


@needs_bodies
def test_every_recorded_file_is_mapped_or_its_reason_is_given():
    assert RECORDED.unlisted == []
    assert RECORDED.missing == []
    assert all(len(reason) > 20 for reason in RECORDED.unmapped.values())
    assert len(SUCCESSES) > len(RECORDED.unmapped) - 5


@needs_bodies
@pytest.mark.parametrize("name", SUCCESSES)
def test_a_recorded_body_flows_through_the_engine_and_keeps_its_contract(name, seen, loaded):
    recording, result = SUCCESSES[name].recording, seen[name]
    assert result.error == ""
    assert result.drifts == []
    assert result.violations == 0
    given = loaded.effective.find(recording.endpoint).endpoint
    expected = {given.redis_key.format(**recording.values)}
    if given.transform:
        pattern = given.output_key or given.redis_key.replace("raw:", "feed:", 1)
        expected.add(pattern.format(**recording.values))
    assert result.keys == expected


@needs_bodies
def test_a_recording_that_is_old_is_told_in_market_hours(loaded):
    played = SUCCESSES["alpha_vantage-lib/mock_time_series.json"]

    async def talk(engine: Engine) -> list[str]:
        RECORDED.play(played)
        return [str(drift) for drift in await engine.run(feed_of(engine, played))]

    (told,) = run(talk, loaded, at=TEN_OCLOCK)
    assert "Last Refreshed: the latest time is" in told
    assert run(talk, loaded) == []


@needs_bodies
@pytest.mark.parametrize("name", ERRORS)
def test_a_recorded_error_becomes_its_named_error(name, loaded):
    played = ERRORS[name]

    async def talk(engine: Engine):
        feed = feed_of(engine, played)
        recipe, stats = feed.recipe, FeedStats()
        now = recipe.around.clock.now()
        RECORDED.play(played)
        with pytest.raises(FetchError) as caught:
            await Fetcher(recipe, engine.lane(feed), stats, now + 5).body(
                Call(recipe, feed.values), now
            )
        RECORDED.play(played)
        await engine.run(feed)
        return caught.value, feed.stats.error, engine.words

    error, told, words = run(talk, loaded)
    assert type(error).__name__ == played.recording.error
    assert re.search(played.recording.says, str(error)), str(error)
    assert told == str(error)
    waits = [word for word in words if word.wait or word.until_day_reset]
    assert bool(waits) == (played.recording.error == "RateLimited")


@needs_bodies
@pytest.mark.parametrize("name", [name for name, each in SUCCESSES.items() if each.is_json])
def test_no_required_field_can_go_or_change_its_type_unseen(name, loaded):
    played = SUCCESSES[name]
    contract = contract_of(played, loaded)
    body = small(orjson.loads(played.recording.body(played.file).removeprefix(b"\xef\xbb\xbf")))
    broken = 0
    for path, schema in promised(contract.schema, body):
        assert not contract.fits(without(body, path)), f"{path} may go unseen"
        assert not contract.fits(mistyped(body, path, schema)), f"{path} may be of any type"
        broken += 1
    assert broken >= 3


@needs_bodies
def test_a_broken_recording_alerts_in_the_engine_and_is_stored_all_the_same(loaded):
    async def talk(engine: Engine) -> list[str]:
        silent = []
        for name, played in SUCCESSES.items():
            feed = feed_of(engine, played)
            for what, body in broken_bodies(played, loaded):
                engine.contracts.forget(feed.id)
                first = len(engine.store.writes)
                RECORDED.play(Broken(name, played.file, played.recording, body))
                drifts = await engine.run(feed)
                RECORDED.stop()
                stored = {write.key for write in engine.store.writes[first:]}
                if not drifts or feed.key not in stored:
                    silent.append(f"{name}: {what}: {feed.stats.error}")
        return silent

    assert run(talk, loaded) == []


def contract_of(played: Played, loaded: Loaded) -> Contract:
    given = loaded.effective.find(played.recording.endpoint)
    assert given is not None
    assert given.endpoint.contract is not None
    return Contract.load(CONFIG / given.endpoint.contract, given.endpoint.contract)


def broken_bodies(played: Played, loaded: Loaded) -> list[tuple[str, bytes]]:
    """A required field dropped and a type changed, deep inside where there are rows."""
    raw = played.recording.body(played.file)
    if not played.is_json:
        return BROKEN_TEXTS[played.file.suffix](raw)
    schema = contract_of(played, loaded).schema
    body = small(orjson.loads(raw.removeprefix(b"\xef\xbb\xbf")))
    path, inside = max(promised(schema, body), key=lambda pair: len(pair[0]))
    return [
        (f"without {path}", orjson.dumps(without(body, path))),
        (f"{path} of another type", orjson.dumps(mistyped(body, path, inside))),
    ]


BROKEN_TEXTS: dict[str, Callable[[bytes], list[tuple[str, bytes]]]] = {
    ".txt": lambda raw: [
        ("without ShortVolume", raw.replace(b"|ShortVolume|", b"|Shorts|")),
        ("ShortVolume of another type", raw.replace(b"176779.078848", b"n/a")),
    ],
    ".ics": lambda raw: [
        ("without SUMMARY", re.sub(rb"SUMMARY:.*\n", b"", raw)),
        ("DTSTART of another type", re.sub(rb"DTSTART;TZID=.*\n", b"", raw)),
    ],
}


def small(body: Any, rows: int = 3) -> Any:
    """The first rows of every list: enough to break, and quick to copy."""
    if isinstance(body, dict):
        return {name: small(value, rows) for name, value in body.items()}
    return [small(value, rows) for value in body[:rows]] if isinstance(body, list) else body


@needs_bodies
def test_a_running_server_answers_with_a_recording_where_there_is_one(loaded):
    played = SUCCESSES["openbb-cboe/quote_AAPL.json"]

    async def talk(engine: Engine):
        recorded = await engine.get(played.recording.answers)
        simulated = await engine.get(played.recording.answers.replace("AAPL", "MSFT"))
        return recorded, simulated

    recorded, simulated = run(talk, loaded)
    assert recorded.body == played.file.read_bytes()
    assert simulated.json()["symbol"] == "MSFT"


def test_a_folder_with_other_files_is_described_line_by_line(tmp_path):
    (tmp_path / "new.json").write_text("{}")
    (tmp_path / "uw-live-rows").mkdir()
    (tmp_path / "uw-live-rows" / "iv-rank_AAPL.json").write_text('{"data": []}')
    recorded = Recorded(tmp_path)
    lines = list(recorded.describe())
    assert recorded.unlisted == ["new.json"]
    assert "new.json: not mapped: recorded.yaml does not know this file" in lines
    assert any(line.startswith("uw-live-rows/iv-rank_AAPL.json: unusual_whales") for line in lines)
    assert any("it is not in" in line for line in lines)


def test_the_mapping_names_only_shipped_feeds_and_hosts_that_are_simulated():
    endpoints = {each.id for each in shipped().effective.endpoints()}
    hosts = {host for vendor in SHIPPED for host in vendor.hosts}
    for name, entry in read(MAPPING).tree["files"].items():
        for body in entry.get("bodies", ()):
            assert body["endpoint"] in endpoints, name
            assert body["answers"].split("/")[2] in hosts, name


def test_a_mapping_that_is_wrong_is_told_with_its_line(tmp_path):
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("files:\n  a.json: {}\n  b.json: {unmaped: why}\n")
    with pytest.raises(ConfigError) as caught:
        Recorded(tmp_path, mapping)
    assert [problem.line for problem in caught.value.problems] == [2, 3]
