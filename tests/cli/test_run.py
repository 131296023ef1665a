from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

from quanticity.feeds.status import STATUS_KEY
from quanticity.journal.reader import open_recording
from tests.cli.asked import (
    REPOSITORY,
    SMALL,
    ask,
    environment,
    processes_naming,
    project,
    running,
)
from tests.store.running import directory, opened

SECRET, OTHER = "qx-7f31-echoed-secret", "bx-90aa-bearer-secret"
IN_PATH = "px-31bb-path-secret"
WRITTEN = "wx/55+written=secret"  # stands in the address as wx%2F55%2Bwritten%3Dsecret
ECHOED = """\
data_sources:
  by_query:
    base_url: "{vendor}"
    auth: {{type: query, name: apikey, token_env: ECHO_KEY}}
    errors: [{{path: "Error Message"}}]
    endpoints:
      good: {{path: /good, interval_seconds: 1, ttl_seconds: 60, redis_key: "raw:echo:good"}}
      bad: {{path: /bad, interval_seconds: 1, ttl_seconds: 60, redis_key: "raw:echo:bad"}}
      refused: {{path: /refused, interval_seconds: 1, ttl_seconds: 60, redis_key: "raw:echo:no"}}
      moved: {{path: /moved, interval_seconds: 1, ttl_seconds: 60, redis_key: "raw:echo:moved"}}
  by_bearer:
    base_url: "{vendor}"
    auth: {{type: bearer, token_env: ECHO_BEARER}}
    endpoints:
      broken: {{path: /html, interval_seconds: 1, ttl_seconds: 60, redis_key: "raw:echo:html"}}
  by_variable:
    base_url: "{vendor}"
    endpoints:
      written:
        path: /good
        params: {{key: "${{ECHO_WRITTEN}}"}}
        headers: {{Authorization: "Key ${{ECHO_WRITTEN}}"}}
        interval_seconds: 1
        ttl_seconds: 60
        redis_key: "raw:echo:written"
      in_its_path:
        url: "{vendor}/refused/${{ECHO_WRITTEN}}"
        interval_seconds: 1
        ttl_seconds: 60
        redis_key: "raw:echo:path"
      streamed:
        transport: websocket
        url: "ws://127.0.0.1:9/${{ECHO_PATH}}/s?token=${{ECHO_PATH}}"
        join: [{{channel: a}}]
        ttl_seconds: 60
        redis_key: "raw:echo:stream"
"""


class _Echo(BaseHTTPRequestHandler):
    """Repeats in body and headers whatever it was sent."""

    def do_GET(self) -> None:
        sent = f"{self.path} {self.headers.get('Authorization', '')}"
        status, kind = 200, "application/json"
        body = json.dumps({"you_sent": sent})
        if "/bad" in self.path:
            body = json.dumps({"Error Message": f"your API key as {sent} is not good"})
        elif "/refused" in self.path:
            status, body = 403, json.dumps({"message": sent})
        elif "/html" in self.path:
            status, kind, body = 500, "text/html", f"<html>{sent}</html>"
        self.send_response(302 if "/moved" in self.path else status)
        if "/moved" in self.path:
            self.send_header("Location", f"http://127.0.0.2:9{self.path}&again={sent[-40:]}")
        self.send_header("Content-Type", kind)
        self.send_header("X-Echo", sent)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def echoing_vendor() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_the_demo_ticks_down_its_list_and_fills_keys_and_stops_clean(tmp_path: Path) -> None:
    """The shipped config, whole: no keys, no network, nothing left behind."""
    data = tmp_path / "data"
    with running("--data", str(data), cwd=tmp_path) as system:
        system.wait_for("→ raw:uw:spot_gex:SPY")
        said = system.said()
        steps = ("✓ config", "✓ calendar", "✓ store", "✓ vendors", "✓ feeds", "✓ plan", "✓ feed ")
        assert all(step in said for step in steps)
        # M02: each needs what comes before it.
        places = [said.index(step) for step in steps]
        assert places == sorted(places)
        assert "10:00:00 ET, market_hours until" in said
        system.wait_until(lambda: system.said().count("✓ feed ") > 150)
        told = json.loads(ask("status", "--data", str(data), "--format", "json", cwd=tmp_path).out)
        bad = [feed for feed in told["feeds"] if feed["status"] in ("error", "drift")]
        assert [(feed["feed"], feed["reason"]) for feed in bad] == []
        got = ask(
            "get", "raw:uw:spot_gex:SPY", "--data", str(data), "--format", "json", cwd=tmp_path
        )
        envelope = json.loads(got.out)
        assert list(envelope) == ["timestamp", "received", "source", "seq", "hash", "data"]
        assert envelope["source"] == "unusual_whales.spot_gex"
        keys = json.loads(ask("keys", "--data", str(data), "--format", "json", cwd=tmp_path).out)
        assert all(0 < row["ttl_seconds"] < float("inf") for row in keys)
        # D30, D65: by these names others look for them.
        assert {"heartbeat:uw", "av:options:timestamp"} <= {row["key"] for row in keys}
        assert system.stop() == 0
        assert "nothing left running" in system.said()
    time.sleep(0.5)
    assert processes_naming(str(data)) == []
    assert "Traceback" not in system.said()


def test_ctrl_c_stops_with_status_0(tmp_path: Path) -> None:
    project(tmp_path)
    with running(cwd=tmp_path) as system:
        system.wait_for("→ raw:uw:state:SPY")
        assert system.stop(signal.SIGINT) == 0


def test_who_pressed_ctrl_c_once_more_ended_a_clean_stop_with_another_status(
    tmp_path: Path,
) -> None:
    project(tmp_path)
    with running(cwd=tmp_path) as system:
        system.wait_for("→ raw:uw:state:SPY")
        while system.process.poll() is None:
            system.process.send_signal(signal.SIGINT)
            time.sleep(0.005)
        assert "nothing left running" in system.said()
        assert system.process.returncode == 0
        assert "Traceback" not in system.said()


def test_a_duration_ends_the_run(tmp_path: Path) -> None:
    project(tmp_path)
    assert ask("run", "--duration", "1", cwd=tmp_path).status == 0


def test_once_fetches_every_feed_and_ends(tmp_path: Path) -> None:
    project(tmp_path)
    said = ask("--once", cwd=tmp_path)
    assert said.status == 0
    assert "raw:uw:state:SPY" in said.out
    assert "raw:uw:state:QQQ" in said.out


def status_when(true: Callable[[dict[str, Any]], bool], cwd: Path) -> dict[str, Any]:
    """What `status` says once it says something that is `true`; it is told once a second."""
    ends = time.monotonic() + 90
    while True:
        said = ask("status", "--format", "json", cwd=cwd)
        # In its first second a run has not told yet.
        told: dict[str, Any] = json.loads(said.out) if said.status == 0 else {}
        if told and true(told):
            return told
        assert time.monotonic() < ends, told or said.err


def test_an_edit_is_live_within_a_second_and_a_bad_one_changes_nothing(tmp_path: Path) -> None:
    config = project(tmp_path) / "data_sources.yaml"
    with running(cwd=tmp_path) as system:
        system.wait_for("→ raw:uw:state:QQQ")
        config.write_text(SMALL.replace("[SPY, QQQ]", "[SPY, QQQ, IWM]"))
        began = time.monotonic()
        system.wait_for("1 added (unusual_whales.stock_state:IWM), 0 removed, 0 changed, 2 kept")
        seen = time.monotonic() - began
        system.wait_for("→ raw:uw:state:IWM")
        config.write_text(SMALL.replace("interval_seconds", "intervall_seconds"))
        system.wait_for("did you mean 'interval_seconds'?")
        assert "the last good config runs on" in system.said()
        told = status_when(lambda told: told["config"]["generation"] == 2, tmp_path)
        before = {feed["feed"]: feed["fetches"] for feed in told["feeds"]}
        told = status_when(
            lambda told: all(feed["fetches"] > before[feed["feed"]] for feed in told["feeds"]),
            tmp_path,
        )
        assert "intervall_seconds" in told["config"]["last_error"]
        config.write_text(SMALL)
        system.wait_for("1 removed (unusual_whales.stock_state:IWM)")
        assert seen < 5, "a slow machine may take longer than the second that it should"


def test_what_nobody_simulates_and_what_check_warns_of_was_taken_without_a_word(
    tmp_path: Path,
) -> None:
    config = project(tmp_path) / "data_sources.yaml"
    mine = """
  example_vendor:
    base_url: "https://api.example.com/v1"
    endpoints:
      quote:
        path: "/quote"
        interval_seconds: 30
        redis_key: "raw:example:quote"
        ttl_seconds: 90
"""
    with running(cwd=tmp_path) as system:
        system.wait_for("→ raw:uw:state:QQQ")
        config.write_text(SMALL + mine)
        why = "nothing simulates api.example.com; see it with --env dev"
        system.wait_for(f"✗ source     example_vendor is off: {why}")
        assert why in ask("get", "raw:example:quote", cwd=tmp_path).err
        assert why in ask("feeds", cwd=tmp_path).out
        assert why in ask("check", cwd=tmp_path).out
        probed = ask("probe", "example_vendor.quote", cwd=tmp_path)
        assert probed.status == 1
        assert why in probed.err
        config.write_text(SMALL.replace("interval_seconds: 1\n", "interval_seconds: 90\n"))
        system.wait_for("the key is empty in between")


def test_a_key_whose_feed_is_held_says_which_feed_and_why(tmp_path: Path) -> None:
    held = 'interval_seconds: 5\n        conditions: {time_range: "15:00-16:00"}'
    later = SMALL.replace("interval_seconds: 1", held)
    project(tmp_path, later)
    with running(cwd=tmp_path) as system:
        system.wait_for("✓ plan")
        status_when(lambda told: [one["status"] for one in told["feeds"]] == ["held"] * 2, tmp_path)
        said = ask("get", "raw:uw:state:SPY", cwd=tmp_path)
        assert said.status == 1
        assert "no value yet under 'raw:uw:state:SPY'" in said.err
        assert "unusual_whales.stock_state:SPY (critical) fills it; held:" in said.err
        assert "runs at 15:00-16:00 Eastern only" in said.err
        assert "did you mean" in ask("get", "raw:uw:stat:SPY", cwd=tmp_path).err


def test_a_schedule_over_its_limits_is_told_at_the_start_and_at_a_reload(tmp_path: Path) -> None:
    config = project(tmp_path, SMALL) / "data_sources.yaml"
    with running(cwd=tmp_path) as system:
        system.wait_for("✗ plan")
        assert "unusual_whales: critical wants 120 calls a minute" in system.said()
        assert "(most by unusual_whales.stock_state)" in system.said()
        # An edit that leaves it as short as it was is no news: it was told again at each.
        config.write_text(SMALL.replace("ttl_seconds: 60", "ttl_seconds: 90"))
        system.wait_for("generation 2")
        config.write_text(SMALL.replace("interval_seconds: 1", "interval_seconds: 5"))
        system.wait_for("✓ plan       the schedule fits every limit")
        assert system.said().count("✗ plan") == 1
        config.write_text(SMALL)
        system.wait_until(lambda: system.said().count("critical wants 120 calls a minute") == 2)


def test_a_run_that_was_stopped_in_its_start_fetched_on_and_said_that_it_had_not(
    tmp_path: Path,
) -> None:
    """Until the plugins were there to be ended; the last line had counted before that."""
    project(tmp_path, SMALL)
    with running(cwd=tmp_path) as system:
        system.wait_for("✓ feed  ")
        assert system.stop(signal.SIGINT) == 0
        said = system.said()
    lines = said.splitlines()
    assert "✓ stopped" in lines[-1]
    assert "· summary" in lines[-2]
    told = sum("✓ feed  " in line for line in lines)
    for line in lines[-2:]:
        found = re.search(r"(\d+) fetch", line)
        assert found is not None
        assert int(found[1]) >= told


def test_a_config_that_is_wrong_stops_the_start_with_its_lines(tmp_path: Path) -> None:
    project(tmp_path, SMALL.replace("ttl_seconds: 60", "ttl_seconds: -1"))
    said = ask("run", "--duration", "1", cwd=tmp_path)
    assert said.status == 1
    assert "✗ config" in said.out
    assert "data_sources.yaml:12:" in said.err
    assert "Traceback" not in said.err


def test_a_run_after_one_that_ended_is_not_told_of_another(tmp_path: Path) -> None:
    project(tmp_path)
    said = [ask("run", "--duration", "1.5", cwd=tmp_path).out for _ in range(2)]
    assert "→ raw:uw:state:SPY" in said[1]
    assert "another run" not in said[1]


def test_a_second_run_in_the_same_folder_went_on_beside_the_first(tmp_path: Path) -> None:
    """The clocks of two demos met in the same keys: now the second says so, and ends."""
    project(tmp_path)
    with running(cwd=tmp_path) as system:
        system.wait_for("→ raw:uw:state:SPY")
        second = ask("run", cwd=tmp_path)
        assert second.status == 1
        folder = tmp_path / ".quanticity" / "demo"
        said = f"another run (process {system.process.pid}) uses the data folder {folder}"
        assert "✗ alone      another run uses the data folder\n" in second.out
        assert (second.out + second.err).count("Each has a clock") == 1, "it was told twice"
        assert f"{said}. Each has a clock of its own here, and two would meet" in second.err
        assert second.err.endswith("give this one a folder of its own: --data DIR\n")
        assert "Traceback" not in second.err
        other = ask("run", "--data", str(tmp_path / "other"), "--duration", "2", cwd=tmp_path)
        assert other.status == 0
        assert "→ raw:uw:state:SPY" in other.out
        assert system.process.poll() is None
        before = ask("get", "raw:uw:state:SPY", "--format", "json", cwd=tmp_path)
        assert before.status == 0
        assert system.stop() == 0


def test_a_second_run_that_was_refused_wrote_into_the_log_of_the_first(tmp_path: Path) -> None:
    config = project(tmp_path) / "data_sources.yaml"
    log = tmp_path / ".quanticity" / "demo" / "quanticity.log"
    with running(cwd=tmp_path) as system:
        system.wait_for("→ raw:uw:state:SPY")
        system.wait_until(lambda: "first value, under raw:uw:state:QQQ" in log.read_text())
        ask("run", cwd=tmp_path)
        assert "another run uses" not in log.read_text()
        assert log.read_text().count("config: demo") == 1
        config.write_text(SMALL.replace("ttl_seconds: 60", "ttl_seconds: -1"))
        ask("run", cwd=tmp_path)
        system.wait_until(lambda: "reload refused" in log.read_text())
        assert "config: 1 problem" not in log.read_text()
        assert system.stop() == 0
    ask("run", cwd=tmp_path)
    assert "config: 1 problem" in log.read_text(), "what stops a start is kept"


def test_a_second_run_by_the_wall_clock_says_what_it_means_and_what_to_do(tmp_path: Path) -> None:
    """They share the limits: two processes on one token are never over them."""
    project(tmp_path, live="environment: live\n")
    live = ("--env", "live")
    with running(*live, cwd=tmp_path) as system:
        system.wait_for("✓ plan")
        (line,) = [
            line
            for line in ask("run", *live, "--duration", "1", cwd=tmp_path).out.splitlines()
            if "✗ alone" in line
        ]
        system.process.kill()
    for words in ("Both go on", "share the limits", "Stop one of them", "--data DIR"):
        assert words in line
    said = ask("run", *live, "--duration", "1", cwd=tmp_path)
    assert "another run" not in said.out, "the other was killed"


def test_a_run_on_a_server_that_another_writes_to_says_what_that_means(tmp_path: Path) -> None:
    project(tmp_path, live="environment: live\n")

    async def beside(data: Path) -> str:
        async with opened(data) as store:
            store.put_plain(STATUS_KEY, "{}", 60)
            await store.flush()
            environ = {"REDIS_URL": f"unix://{store.address}"}
            words = ("run", "--env", "live", "--duration", "1")
            return (await asyncio.to_thread(ask, *words, cwd=tmp_path, environ=environ)).out

    with directory() as data:
        (line,) = [line for line in asyncio.run(beside(data)).splitlines() if "✗ alone" in line]
    for words in ("Both go on", "share the limits", "Stop one of them", "store of its own"):
        assert words in line


def test_who_comes_after_a_kill_begins_at_once_and_is_alone(tmp_path: Path) -> None:
    project(tmp_path)
    with running(cwd=tmp_path) as system:
        system.wait_for("→ raw:uw:state:SPY")
        status_when(lambda told: bool(told["feeds"]), tmp_path)
        system.process.kill()
        system.process.wait(10)
    said = ask("run", "--duration", "2", cwd=tmp_path)
    assert said.status == 0
    assert "→ raw:uw:state:SPY" in said.out
    assert "another run" not in said.out


def test_a_store_that_is_killed_is_told_and_started_anew(tmp_path: Path) -> None:
    project(tmp_path)
    with running(cwd=tmp_path) as system:
        system.wait_for("→ raw:uw:state:SPY")
        for entry in Path("/proc").glob("[0-9]*"):
            words = entry.joinpath("cmdline").read_bytes() if entry.exists() else b""
            if b"keeper.py" in words and str(tmp_path).encode() in words:
                os.kill(int(entry.name), signal.SIGKILL)
        system.wait_for("WARNING  store is lost")
        system.wait_for("WARNING  store is back")
        system.wait_until(
            lambda: ask("get", "raw:uw:state:SPY", "--format", "json", cwd=tmp_path).status == 0
        )
        assert system.stop() == 0
        assert "Traceback" not in system.said()


def test_a_store_that_is_not_there_was_told_twice_by_the_start(tmp_path: Path) -> None:
    project(tmp_path, plain="environment: plain\n")
    nowhere = {"REDIS_URL": "redis://127.0.0.1:9/0", "UW_API_TOKEN": "x" * 20}
    said = ask("run", "--env", "plain", "--duration", "1", cwd=tmp_path, environ=nowhere)
    assert said.status == 1
    assert "✗ store      cannot be used\n" in said.out
    assert said.err.count("no store at redis://127.0.0.1:9/0") == 1
    assert "127.0.0.1:9" not in said.out
    log = (tmp_path / ".quanticity" / "plain" / "quanticity.log").read_text()
    assert "127.0.0.1:9" in log, "a terminal is closed"


def test_a_data_folder_that_cannot_be_one_is_told_in_a_line(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "file").touch()
    said = ask("run", "--data", str(tmp_path / "file"), "--duration", "1", cwd=tmp_path)
    assert said.status == 1
    assert "cannot be used: Not a directory; name another with --data" in said.err
    assert "Not a directory" not in said.out
    assert "Traceback" not in said.err


def test_no_secret_is_in_anything_that_a_run_wrote(tmp_path: Path) -> None:
    """A vendor that echoes the key wherever it can; search everything written and shown."""
    with echoing_vendor() as vendor:
        config = project(tmp_path, ECHOED.format(vendor=vendor), live="environment: live\n")
        environ = {"ECHO_KEY": SECRET, "ECHO_BEARER": OTHER, "ECHO_WRITTEN": WRITTEN}
        environ["ECHO_PATH"] = IN_PATH
        shown = []
        live = ("--env", "live", "--record", "recording")
        with running(*live, cwd=tmp_path, environ=environ) as system:
            system.wait_until(lambda: system.said().count("✗ problem") >= 6)
            system.wait_for("→ raw:echo:good")
            system.wait_for("→ raw:echo:written")
            config.joinpath("data_sources.yaml").write_text(
                ECHOED.format(vendor=vendor).replace("path: /good", "pathh: /good")
            )
            system.wait_for("pathh")
            for words in (
                *(("status",), ("status", "--format", "json"), ("keys",)),
                *(("get", "raw:echo:good"), ("config", "show"), ("config", "show", "--origin")),
                *(("check",), ("probe", "by_query.good"), ("config", "diff", "live", "prod")),
            ):
                place = () if words[1:2] == ("diff",) else ("--env", "live")
                said = ask(*words, *place, cwd=tmp_path, environ=environ)
                shown.append(said.out + said.err)
            system.stop()
    written = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert any("appendonly" in file.name for file in written), "the store's own file is searched"
    recorded = repr([*open_recording(tmp_path / "recording").records()])
    assert "you_sent" in recorded, "the journal, which is compressed, is searched"
    shown.append(recorded)
    for secret in (SECRET, OTHER, IN_PATH, WRITTEN, quote(WRITTEN, safe="")):
        for file in written:
            assert secret.encode() not in file.read_bytes(), file
        assert all(secret not in text for text in shown)


def test_in_a_terminal_there_is_a_live_table(tmp_path: Path) -> None:
    project(tmp_path)
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(REPOSITORY / "main.py"), "run"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=tmp_path,
        env={**environment(), "TERM": "xterm-256color", "COLUMNS": "140", "LINES": "40"},
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    try:
        ends = time.monotonic() + 90
        while b"2 alive" not in seen and time.monotonic() < ends:
            if select.select([terminal], [], [], 0.5)[0]:
                seen += os.read(terminal, 65536)
        process.send_signal(signal.SIGINT)
        while process.poll() is None and time.monotonic() < ends + 20:
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    seen += os.read(terminal, 65536)
                except OSError:
                    break
        assert process.wait(20) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(terminal)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode(errors="replace"))
    for word in ("feed", "group", "age", "next due", "status", "latency", "calls left"):
        assert word in text
    assert "stock_state ×2" in text
    assert re.search(r"✓ stopped +after .+: \d+ fetche?s?, \d+ failed; nothing left", text)
    assert "critical" in text


def test_a_run_whose_output_was_closed_ended_in_a_traceback(tmp_path: Path) -> None:
    project(tmp_path)
    program = f"exec {sys.executable} {REPOSITORY / 'main.py'} run --duration 1"
    done = subprocess.run(
        ["sh", "-c", f"{program} <&- >&-"],
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env=environment(),
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
