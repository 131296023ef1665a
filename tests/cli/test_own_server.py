"""A demo that asks a person's own server on this machine, and `probe` beside it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.cli.asked import ask, project, running

KEY = "own-key-5512-of-the-test"

MINE = """\
data_sources:
  mine:
    base_url: "http://127.0.0.1:PORT"
    auth: {type: header, name: X-Key, token_env: MINE_KEY}
    rate_limits: {requests_per_minute: 60}
    endpoints:
      quote:
        path: "/quote"
        interval_seconds: 1
        redis_key: "raw:mine:quote"
        ttl_seconds: 60
"""


class _Server(ThreadingHTTPServer):
    def __init__(self, wait: int | None) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.wait = wait
        self.keys: list[str | None] = []


class _Answer(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.keys.append(self.headers["X-Key"])
        body = b'{"price": 1}'
        self.send_response(200 if self.server.wait is None else 429)
        if self.server.wait is not None:
            self.send_header("Retry-After", str(self.server.wait))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def serving(folder: Path, wait: int | None = None) -> Iterator[_Server]:
    """A config in `folder`, and the server that it asks; with `wait` it says 429 to all."""
    server = _Server(wait)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        project(folder, MINE.replace("PORT", str(server.server_address[1])))
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_server_of_ones_own_was_sent_a_stand_in_for_its_key(tmp_path: Path) -> None:
    """It is asked as it is; it refused the right key, and `check MINE_KEY` was said of that."""
    with serving(tmp_path) as server:
        probed = ask("probe", "mine.quote", cwd=tmp_path, environ={"MINE_KEY": KEY})
        assert probed.status == 0, probed
        assert server.keys == [KEY]
        assert ask("probe", "mine.quote", cwd=tmp_path).status == 0
        assert server.keys == [KEY, "simulated"]
    assert KEY not in probed.out + probed.err


def test_a_run_once_of_feeds_that_failed_was_told_as_a_good_one(tmp_path: Path) -> None:
    with serving(tmp_path, wait=3000):
        said = ask("run", "--once", cwd=tmp_path)
    assert "1 failing" in said.out
    assert said.status == 1


def test_get_said_beside_a_broken_config_that_no_feed_fills_the_key(tmp_path: Path) -> None:
    with serving(tmp_path, wait=3000), running(cwd=tmp_path) as system:
        system.wait_for("too many requests (429)")
        base = tmp_path / "config" / "data_sources.yaml"
        base.write_text(base.read_text().replace("ttl_seconds", "tll_seconds"))
        system.wait_for("unknown field 'tll_seconds'")
        said = ask("get", "raw:mine:quote", cwd=tmp_path)
        other = ask("get", "raw:mine:qoute", cwd=tmp_path)
        # It named a key that is much like the pattern, and not the command that was meant.
        pattern = ask("get", "raw:mine:*", cwd=tmp_path)
    assert "the feed mine.quote (nice_to_have) fills it" in said.err
    assert "the config does not load, so nobody can say what fills it" in other.err
    assert "check --env demo says why; did you mean 'raw:mine:quote'?" in other.err
    assert "no feed fills it" not in said.err + other.err
    assert "is a pattern and no key" in pattern.err
    assert "keys 'raw:mine:*' --env demo" in pattern.err


def test_probe_asked_while_the_vendor_had_told_the_run_to_wait(tmp_path: Path) -> None:
    with serving(tmp_path, wait=3000) as server, running(cwd=tmp_path) as system:

        def stopped() -> bool:
            said = ask("status", "--format", "json", cwd=tmp_path)
            return said.status == 0 and any(
                budget["stopped_until"] for budget in json.loads(said.out)["budgets"]
            )

        system.wait_until(stopped)
        asked = len(server.keys)
        probed = ask("probe", "mine.quote", "--wait", "0.5", cwd=tmp_path)
        assert len(server.keys) == asked
    assert probed.status == 1
    why = "no call of mine came free in 0.5 s: the vendor asked another process to wait"
    assert why in probed.err
