"""A secret among a component's parameters stays out of its recording, and its runs say so."""

from __future__ import annotations

from pathlib import Path

from quanticity.journal.reader import open_recording
from quanticity.journal.records import Bound
from quanticity.logs import register_secret
from quanticity.replay.todays import rebound
from quanticity.runtime.binding import bind
from tests.replay.small import PLUGIN, components, record, verify

HIDDEN = "recorded-sekret-4713"
WITH_WORD = PLUGIN.replace(
    "        plus: float = 1\n", '        plus: float = 1\n        word: str = ""\n'
)


def test_a_secret_from_the_environment_was_recorded_with_the_parameters(tmp_path: Path) -> None:
    register_secret(HIDDEN)
    known = components(tmp_path, WITH_WORD)
    scaled, running = known.values()
    symbol = {"symbol": "SPY"}
    folder = tmp_path / "recorded"
    given = scaled.Params.model_validate({"word": f"Bearer {HIDDEN}", "plus": 2})
    bound = [bind(scaled, given, symbol), bind(running, running.Params(), symbol)]
    record(folder, bound, steps=20)
    recording = open_recording(folder)
    told = {one.binding: one.params for one in recording.records() if isinstance(one, Bound)}
    assert told["scaled:SPY"] in (b'{"word":"***","plus":2.0}', b'{"plus":2.0,"word":"***"}')
    assert all(HIDDEN not in repr(one) for one in recording.records())

    verdict = verify(folder, known)
    assert verdict.same
    assert verdict.runs > 0, "the other component's runs are compared"
    why = "one of their parameters is a secret, and not recorded (scaled:SPY)"
    assert verdict.skipped[why] == 20

    bindings, problems = rebound(recording, known)
    assert [one.id for one in bindings] == ["running:SPY"]
    assert [one.message for one in problems] == [
        "scaled:SPY is left out: one of its parameters is a secret, and not recorded"
    ]
