"""Recording: nothing waits for it, a crash loses at most a second, all is merged by seq."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from loguru import logger

from quanticity.errors import QuanticityError
from quanticity.journal import segment
from quanticity.journal.reader import open_recording
from quanticity.journal.recorder import STATE_EVERY, Recorder, state_hash
from quanticity.journal.records import Bound, Lost, Record, Run, Value
from quanticity.model import Kind
from quanticity.store import envelope
from quanticity.store.envelope import Written
from quanticity.views.base import stored
from tests.journal.recordings import a_run, a_write

ROOT = Path(__file__).parents[2]


def bound(name: str = "double:SPY") -> Bound:
    return Bound("", name, "double", "plugins/double.py", "d1", {"symbol": "SPY"}, b"{}")


def shown(records: list[Record]) -> list[str]:
    said = []
    for one in records:
        if isinstance(one, Value):
            said.append(one.seq)
        elif isinstance(one, Run):
            said.append(f"run {one.binding} {one.after}")
        elif isinstance(one, Bound):
            said.append(f"bound {one.after}")
    return said


def test_what_is_stored_is_what_is_recorded_byte_for_byte(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "feeds", 1000.0)
    small = a_write("raw:a", b'{"x":  1.50}')
    big = a_write("raw:b", b'"' + b"x" * 2_000_000 + b'"', kind=Kind.EVENTS)
    recorder.written([Written.of(small, "1000-0"), Written.of(big, "1000-1")])
    recorder.close()
    values = [one for one in open_recording(tmp_path).records() if isinstance(one, Value)]
    assert [one.text for one in values] == [
        envelope.encode(small, "1000-0"),
        envelope.encode(big, "1000-1"),
    ]
    assert [(one.key, one.kind, one.ttl) for one in values] == [
        ("raw:a", "latest", 60.0),
        ("raw:b", "events", 60.0),
    ]


def test_processes_are_merged_by_seq_and_a_run_stands_behind_its_inputs(tmp_path: Path) -> None:
    feeds = Recorder(tmp_path, "feeds", 1000.0)
    worker = Recorder(tmp_path, "worker", 1000.0, "999-0")
    worker.bound(bound())
    feeds.written([Written.of(a_write(), "1000-0"), Written.of(a_write(), "1000-2")])
    worker.ran(a_run(raw_a=["1000-0"]), None)
    worker.written([Written.of(a_write("feed:b"), "1000-1")])
    worker.ran(a_run(raw_a=["1000-2"]), None)
    feeds.written([Written.of(a_write(), "1002-0")])
    worker.written([Written.of(a_write("feed:b"), "1001-0")])
    feeds.close()
    worker.close()
    found = shown(list(open_recording(tmp_path).records()))
    assert found == [
        "bound 999-0",
        "1000-0",
        "run double:SPY 1000-0",
        "1000-1",
        "1000-2",
        "run double:SPY 1000-2",
        "1001-0",
        "1002-0",
    ]


def test_a_range_is_read_without_the_rest(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "feeds", 1000.0)
    recorder.written([Written.of(a_write(), f"{moment}-0") for moment in range(1000, 1100)])
    recorder.close()
    found = shown(list(open_recording(tmp_path).records(1010, 1012)))
    assert found == ["1010-0", "1011-0", "1012-0"]


def test_segments_follow_each_other_and_each_says_what_was_bound(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "worker", 1000.0, segment_bytes=20_000)
    recorder.bound(bound())
    for number in range(40):
        recorder.written(
            [
                Written.of(
                    a_write("raw:a", b'"' + os.urandom(2500).hex().encode() + b'"'),
                    f"{1000 + number}-0",
                )
            ]
        )
        if number % 10 == 9:
            time.sleep(0.3)
    recorder.close()
    files = sorted(tmp_path.glob("*.qj"))
    assert len(files) > 1
    for path in files:
        first = next(iter(segment.blocks(path)))
        assert isinstance(first, segment.Block)
        begins = segment.content(first)
        assert isinstance(begins, list)
        assert begins[0].process == "worker"  # type: ignore[union-attr]
        assert any(isinstance(one, Bound) for one in begins) or path == files[0]
    seqs = [one.seq for one in open_recording(tmp_path).records() if isinstance(one, Value)]
    assert seqs == [f"{1000 + number}-0" for number in range(40)]


def test_the_state_is_told_first_and_then_every_so_often(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "worker", 1000.0)
    for number in range(STATE_EVERY + 2):
        recorder.ran(a_run(raw_a=[f"{1000 + number}-0"]), b"state %d" % number)
    recorder.close()
    runs = [one for one in open_recording(tmp_path).records() if isinstance(one, Run)]
    told = [number for number, run in enumerate(runs) if run.state is not None]
    assert told == [0, STATE_EVERY]
    assert runs[STATE_EVERY].state == b"state %d" % STATE_EVERY
    assert state_hash(None) == ""


def test_what_was_there_before_comes_before_what_came_after(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "worker", 1000.0, "2000-0")
    old = envelope.encode(a_write(), "500-0")
    recorder.present("raw:a", Kind.LATEST, stored(old))
    recorder.written([Written.of(a_write(), "2000-1")])
    recorder.close()
    values = [one for one in open_recording(tmp_path).records() if isinstance(one, Value)]
    assert [(one.seq, one.after) for one in values] == [("500-0", "2000-0"), ("2000-1", "")]
    assert stored(values[0].text) == stored(old)


def test_a_disk_that_is_too_slow_loses_values_and_says_how_many(tmp_path: Path) -> None:
    said: list[str] = []
    sink = logger.add(lambda message: said.append(str(message)), level="WARNING")
    recorder = Recorder(tmp_path, "feeds", 1000.0, queue_bytes=10_000)
    began = time.monotonic()
    for number in range(2000):
        long = a_write("raw:a", b'"' + b"x" * 5000 + b'"')
        recorder.written([Written.of(long, f"{1000 + number}-0")])
    assert time.monotonic() - began < 20
    time.sleep(0.6)
    recorder.written([Written.of(a_write(), "9000-0")])
    recorder.close()
    logger.remove(sink)
    records = list(open_recording(tmp_path).records())
    written = [one for one in records if isinstance(one, Value)]
    lost = sum(one.count for one in records if isinstance(one, Lost))
    assert lost > 0
    assert lost == recorder.lost
    assert lost + len(written) == 2001
    assert written[-1].seq == "9000-0"
    assert any("slower" in line for line in said)


def test_what_cannot_be_recorded_ended_the_recording_without_a_word(tmp_path: Path) -> None:
    said: list[str] = []
    sink = logger.add(lambda message: said.append(str(message)), level="ERROR")
    recorder = Recorder(tmp_path, "worker", 1000.0)
    recorder.ran(msgspec.structs.replace(a_run("bad:SPY"), error="half of a pair: \ud83d"), None)
    recorder.ran(a_run("good:SPY"), None)
    time.sleep(0.4)
    recorder.ran(a_run("later:SPY"), None)
    recorder.close()
    logger.remove(sink)
    records = list(open_recording(tmp_path).records())
    assert [one.binding for one in records if isinstance(one, Run)] == ["good:SPY", "later:SPY"]
    assert [one.count for one in records if isinstance(one, Lost)] == [1]
    assert recorder.lost == 1
    assert any("bad:SPY cannot be recorded" in line for line in said)


FULL = """
import resource, signal, sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from quanticity.journal.recorder import Recorder
from quanticity.store.envelope import Written
from tests.journal.recordings import a_write
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
recorder = Recorder(Path(sys.argv[1]), "feeds", 1000.0)
recorder.written([Written.of(a_write(), "1000-0")])
time.sleep(0.5)
# No file of this process may grow by more than this: what a full disk is like.
resource.setrlimit(resource.RLIMIT_FSIZE, (700, resource.RLIM_INFINITY))
for number in range(100):
    data = b'"%x"' % pow(7, 5000 + number)
    recorder.written([Written.of(a_write(data=data), f"{{2000 + number}}-0")])
time.sleep(0.5)
recorder.written([Written.of(a_write(), "9000-0")])
recorder.close()
print(recorder.records, recorder.lost, recorder.problem)
"""


def test_a_full_disk_ends_the_recording_and_nothing_else(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL.format(root=str(ROOT)), str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    records, lost, problem = done.stdout.split(maxsplit=2)
    assert int(records) == 1
    assert int(lost) == 101
    assert "File too large" in problem
    assert "recording has ended, the system goes on" in done.stderr
    recording = open_recording(tmp_path)
    assert [one.seq for one in recording.records() if isinstance(one, Value)] == ["1000-0"]
    assert [one.why for one in recording.damage] == ["the file ends within a block"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(QuanticityError, match="cannot hold a recording"):
        Recorder(tmp_path / "file" / "recording", "feeds", 1000.0)


def test_a_folder_without_a_recording_is_told(tmp_path: Path) -> None:
    with pytest.raises(QuanticityError, match="holds no recording"):
        open_recording(tmp_path)
    with pytest.raises(QuanticityError, match="is no folder"):
        open_recording(tmp_path / "nothing")


WRITER = """
import sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from quanticity.journal.recorder import Recorder
from quanticity.store.envelope import Written
from tests.journal.recordings import a_write
recorder = Recorder(Path(sys.argv[1]), "feeds", 1000.0)
while True:
    now = time.time()
    recorder.written([Written.of(a_write(), f"{{int(now * 1000)}}-{{n}}") for n in range(5)])
    print(int(now * 1000), flush=True)
    time.sleep(0.002)
"""


def test_kill_9_loses_at_most_the_last_second(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER.format(root=str(ROOT)), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(2.5)
    child.send_signal(signal.SIGKILL)
    told = [int(line) for line in child.stdout.read().split() if len(line) == 13]
    child.wait()
    child.stdout.close()
    recording = open_recording(tmp_path)
    values = [one for one in recording.records() if isinstance(one, Value)]
    assert values
    assert told[-1] - recording.last <= 1000
    assert recording.last - recording.first >= 1000
    # What is there is whole: nothing is missing in the middle.
    kept = {int(one.seq.split("-")[0]) for one in values}
    assert kept >= {moment for moment in told if moment < recording.last}
