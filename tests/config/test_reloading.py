"""One loader that reads again and again says what a fresh one says, whatever was edited."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quanticity.config.blocks import SMALLEST
from quanticity.errors import ConfigError
from tests.config.project import Project

HEAD = """\
symbol_groups:
  focus: [SPY, QQQ]
  few: [SPY]
data_sources:
"""
SOURCE = """\
  s{n}:
    base_url: https://host{n}
    auth: {{type: bearer, token_env: TOKEN_{n}}}
    rate_limits: {{requests_per_minute: 60, shares: {{critical: 30}}}}
    endpoints:
"""
ENDPOINT = """\
      feed_{n}:
        description: "What feed {n} gives"
        path: "/x/{{symbol}}/{n}"
        symbols: {symbols}
        interval_seconds: {every}
        redis_key: "raw:{n}:{{symbol}}"
        ttl_seconds: 300
        params: {{date: today, key: "{key}"}}
        depends_on: [{after}]
"""
TAIL = "aggregates:\n  one: {sources: [s0.feed_0, s1.feed_15], redis_key: 'agg:{symbol}'}\n"


def config():
    text = HEAD
    for n in range(24):
        if n % 12 == 0:
            text += SOURCE.format(n=n // 12)
        text += ENDPOINT.format(
            n=n,
            symbols=("focus", "[SPY]", "few")[n % 3],
            every=60 + n,
            key="${KEY}" if n % 7 == 0 else "plain",
            after=f"feed_{n - 1}" if n % 12 else "",
        )
    return text + TAIL


LINES = config().splitlines()

edits = st.one_of(
    st.tuples(st.just("drop"), st.integers(0, len(LINES) - 1), st.just("")),
    st.tuples(st.just("double"), st.integers(0, len(LINES) - 1), st.just("")),
    st.tuples(
        st.just("replace"),
        st.integers(0, len(LINES) - 1),
        st.sampled_from(
            [("6", "7"), ("feed_", "fed_"), ("SPY", "IWM"), (":", ""), ("3", "0"), ("s0", "s1")]
        ),
    ),
    st.tuples(
        st.just("insert"),
        st.integers(0, len(LINES)),
        st.sampled_from(["", "# x", "        enabled: false", "\t"]),
    ),
)


def edited(steps):
    lines = list(LINES)
    for kind, wanted, what in steps:
        at = min(wanted, len(lines) - 1)
        if kind == "drop":
            del lines[at]
        elif kind == "double":
            lines.insert(at, lines[at])
        elif kind == "replace":
            lines[at] = lines[at].replace(*what)
        else:
            lines.insert(at, what)
    return "\n".join(lines) + "\n"


def outcome(loader):
    try:
        loaded = loader.load()
    except ConfigError as error:
        return [str(one) for one in error.problems], None, None
    prints = {one.id: (one.fingerprint, one.off, one.group) for one in loaded.effective.endpoints()}
    return [str(one) for one in loaded.problems], loaded.root, prints


def test_the_config_is_large_enough_to_be_read_by_blocks():
    assert len(config()) > SMALLEST


@settings(
    max_examples=settings().max_examples // 3,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(
            st.lists(edits, max_size=2),
            st.sampled_from(["KEY=one", "KEY=two", "TOKEN_0=tok-one", ""]),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_a_reload_is_a_load(tmp_path_factory, generations):
    project = Project(tmp_path_factory.mktemp("reload"))
    project.base(config())
    loader = project.loader()
    loader.load()
    for steps, variables in generations:
        (project.folder / "data_sources.yaml").write_text(edited(steps))
        (project.home / ".env").write_text(variables)
        again, fresh = outcome(loader), outcome(project.loader())
        assert again[0] == fresh[0]
        assert again[1] == fresh[1]
        assert again[2] == fresh[2]
