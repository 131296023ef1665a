"""A binding and a run of it, as the journal knows them."""

from __future__ import annotations

import json
from typing import Any

from quanticity.journal import records
from quanticity.journal.recorder import state_hash
from quanticity.redaction import MASK, redact
from quanticity.runtime.binding import Binding
from quanticity.runtime.execute import Result
from quanticity.runtime.job import Job


def bound_of(binding: Binding) -> records.Bound:
    """Enough to make the binding again; a secret among its parameters is left out."""
    # Defaults are the class's own: a default of 300 would come back as 300.0.
    params = binding.instance.params.model_dump(mode="json", exclude_unset=True)
    return records.Bound(
        after="",
        binding=binding.id,
        component=binding.component.name,
        plugin=binding.plugin,
        digest=binding.digest,
        values=dict(binding.values),
        params=json.dumps(_without_secrets(params), separators=(",", ":")).encode(),
    )


def lacks_a_secret(bound: records.Bound) -> bool:
    """Whether a parameter of it was not recorded: what it did cannot be done again."""
    return f'"{MASK}"'.encode() in bound.params


def _without_secrets(tree: Any) -> Any:
    """Each text that holds a secret is hidden as a whole."""
    if isinstance(tree, dict):
        return {name: _without_secrets(value) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_without_secrets(value) for value in tree]
    return MASK if isinstance(tree, str) and redact(tree) != tree else tree


def run_of(job: Job, result: Result) -> records.Run:
    """What was run, on what, and what came of it, by hashes."""
    failed = bool(result.error)
    return records.Run(
        after="",
        now=job.now,
        binding=job.binding.id,
        digest=job.binding.digest,
        trigger=job.trigger,
        inputs={key: list(seqs) for key, seqs in job.seqs.items()},
        outputs=[records.Output(one.name, one.key, one.hash) for one in result.outputs],
        before=state_hash(job.state),
        later="" if failed else state_hash(result.state),
        error=result.error,
    )
