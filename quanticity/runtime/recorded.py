"""A binding and a run of it, as the journal knows them."""

from __future__ import annotations

from quanticity.journal import records
from quanticity.journal.recorder import state_hash
from quanticity.runtime.binding import Binding
from quanticity.runtime.execute import Result
from quanticity.runtime.job import Job


def bound_of(binding: Binding) -> records.Bound:
    """Enough to make the binding again."""
    return records.Bound(
        after="",
        binding=binding.id,
        component=binding.component.name,
        plugin=binding.plugin,
        digest=binding.digest,
        values=dict(binding.values),
        # Defaults are the class's own: a default of 300 would come back as 300.0.
        params=binding.instance.params.model_dump_json(exclude_unset=True).encode(),
    )


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
