"""`run --record`, `record` and `replay`, as a person types them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from quanticity.journal.reader import open_recording
from quanticity.journal.records import Value
from tests.cli.asked import REPOSITORY, ask, environment, project, running
from tests.replay.small import MONDAY, PLUGIN, bindings, components, record


def a_recording(folder: Path) -> Path:
    """A project with a plugin, and a recording of it."""
    project(folder)
    (folder / "plugins" / "analytics").mkdir(parents=True)
    plugins = folder / "plugins" / "analytics"
    known = components(plugins)
    record(folder / "recording", bindings(known))
    return plugins / "scaled.py"


def keys_in(folder: Path) -> list[str]:
    values = [one for one in open_recording(folder).records() if isinstance(one, Value)]
    return [one.key for one in values]


def test_verify_compares_every_run_and_tells_how_many(tmp_path: Path) -> None:
    a_recording(tmp_path)
    said = ask("replay", "recording", "--verify", cwd=tmp_path)
    assert said.status == 0, said
    assert "201 runs compared" in said.out
    assert "no difference" in said.out


def test_an_altered_plugin_is_found_and_the_status_says_so(tmp_path: Path) -> None:
    plugin = a_recording(tmp_path)
    plugin.write_text(PLUGIN.replace("2.5", "2.6"))
    said = ask("replay", "recording", "--verify", cwd=tmp_path)
    assert said.status == 1
    assert "scaled:SPY, run after seq" in said.out
    assert "input raw:price:SPY (seq " in said.out
    assert "first differing byte: " in said.out
    told = json.loads(ask("replay", "recording", "--verify", "--format", "json", cwd=tmp_path).out)
    assert told["differences"] > 50
    assert told["shown"][0]["component"] == "scaled:SPY"
    assert told["shown"][0]["first_differing_byte"] is not None
    assert told["shown"][0]["plugin_changed"]


def test_a_damaged_recording_says_where_and_the_rest_is_compared(tmp_path: Path) -> None:
    a_recording(tmp_path)
    (path,) = (tmp_path / "recording").glob("feeds-*.qj")
    text = bytearray(path.read_bytes())
    text[-40] ^= 4
    path.write_bytes(text)
    said = ask("replay", "recording", "--verify", cwd=tmp_path)
    assert said.status == 1
    assert f"damaged: recording/{path.name} at byte " in said.out
    assert "its checksum is wrong" in said.out
    assert " compared on " in said.out


def test_todays_plugins_run_over_it_and_what_they_gave_can_be_verified(tmp_path: Path) -> None:
    plugin = a_recording(tmp_path)
    plugin.write_text(PLUGIN.replace("2.5", "2.6"))
    said = ask("replay", "recording", "--into", "again", cwd=tmp_path)
    assert said.status == 0, said
    assert "134 values, 201 runs" in said.out
    assert "seven" in said.err
    assert "feed:scaled:SPY" in keys_in(tmp_path / "again")
    # It said when the replay was made, and not of which time it is.
    assert open_recording(tmp_path / "again").started == MONDAY
    again = ask("replay", "again", "--verify", cwd=tmp_path)
    assert again.status == 0, again
    assert "201 runs compared" in again.out


def test_what_is_no_recording_is_told(tmp_path: Path) -> None:
    project(tmp_path)
    said = ask("replay", "nowhere", "--verify", cwd=tmp_path)
    assert said.status == 1
    assert "nowhere is no folder" in said.err
    assert "Traceback" not in said.err


def test_run_records_from_the_first_value_on(tmp_path: Path) -> None:
    project(tmp_path)
    with running("--record", "recording", "--duration", "3", cwd=tmp_path) as system:
        assert system.process.wait(40) == 0
    keys = keys_in(tmp_path / "recording")
    assert {"raw:uw:state:SPY", "raw:uw:state:QQQ"} <= set(keys)
    assert not open_recording(tmp_path / "recording").damage
    # All that was fetched is there, the first value too.
    fetched = system.said().rpartition(" fetches")[0].split()[-1]
    assert len(keys) >= int(fetched)


def test_a_running_system_is_recorded_until_ctrl_c_and_goes_on(tmp_path: Path) -> None:
    project(tmp_path)
    with running(cwd=tmp_path) as system:
        system.wait_for("raw:uw:state:QQQ")
        recorder = subprocess.Popen(
            [sys.executable, str(REPOSITORY / "main.py"), "record", "recording"],
            cwd=tmp_path,
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert recorder.stdout is not None
        assert "recording into" in recorder.stdout.readline()
        system.wait_until(lambda: list((tmp_path / "recording").glob("*.qj")))
        system.wait_until(lambda: len(keys_in(tmp_path / "recording")) > 2)
        recorder.send_signal(signal.SIGINT)
        out, _ = recorder.communicate(timeout=20)
        assert recorder.returncode == 0
        assert "recorded for" in out
        assert system.process.poll() is None
        assert "raw:uw:state:SPY" in keys_in(tmp_path / "recording")
        short = ask("record", "second", "--duration", "1", cwd=tmp_path)
        assert short.status == 0, short
        assert system.stop() == 0


def test_record_says_where_no_system_runs(tmp_path: Path) -> None:
    project(tmp_path)
    said = ask("record", "recording", cwd=tmp_path)
    assert said.status == 1
    assert "no system is running" in said.err


def test_what_to_start_left_out_the_folder_that_was_asked_for(tmp_path: Path) -> None:
    project(tmp_path)
    said = ask("status", "--data", "my state", cwd=tmp_path)
    assert said.err.rstrip().endswith("run --env demo --data 'my state'")
