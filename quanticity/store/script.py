"""The one script that writes, and how a batch of writes is packed for it.

For each value, atomically: append to `changes`, take the id as `seq`, set the key and its life.
An event carries the same id in its own stream. A plain string is only set.

The answer is the seq of each value, in order; that of a plain string is empty.

A batch with events, or one that somebody observes, also leaves its number and its seqs under the
writer's mark. After a connection broke in mid-batch the writer reads the mark and knows whether
the batch was written, and as what: an event is never stored twice and never lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1

from quanticity.model import Kind, Write
from quanticity.store import envelope
from quanticity.store.names import CHANGES
from quanticity.store.resp import Argument, pack

# KEYS: changes, the writer's mark, then one for each value.
# ARGV: cap and life (ms) of changes, batch number ('' = leave no mark), life of the mark (ms),
# then for each value its kind and three more:
#   'latest': life (ms), head, rest      'events': life, head, rest; the cap stands in the kind
#   'plain': life, value, ''             'staged': '', name of the stage, offset of the seq
WRITE = """
local call, pcall = redis.call, redis.pcall
local changes, most_changes = KEYS[1], ARGV[1]

local at = 5
for i = 3, #KEYS do
  if ARGV[at] == 'staged' and call('EXISTS', ARGV[at + 2]) == 0 then
    return redis.error_reply('MISSING a body that was to be stored under ' .. KEYS[i])
  end
  at = at + 4
end

local function append(key, most, seq, value)
  local done = pcall('XADD', key, 'MAXLEN', '~', most, seq, 'envelope', value)
  if type(done) == 'table' and done.err then
    if string.find(done.err, 'WRONGTYPE', 1, true) then
      call('DEL', key)
      call('XADD', key, 'MAXLEN', '~', most, seq, 'envelope', value)
    else
      call('XADD', key, 'MAXLEN', '~', most, '*', 'envelope', value)
    end
  end
end

if ARGV[3] ~= '' then call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4]) end
at = 5
local seqs = {}
for i = 3, #KEYS do
  local key, kind, life, head, rest = KEYS[i], ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  at = at + 4
  if kind == 'plain' then
    call('SET', key, head, 'PX', life)
    seqs[#seqs + 1] = ''
  else
    local seq = call('XADD', changes, 'MAXLEN', '~', most_changes, '*', 'key', key)
    if kind == 'latest' then
      call('SET', key, head .. seq .. rest, 'PX', life)
    elseif kind == 'staged' then
      call('SETRANGE', head, rest, seq .. '"')
      call('RENAME', head, key)
    else
      append(key, kind, seq, head .. seq .. rest)
      call('PEXPIRE', key, life)
    end
    seqs[#seqs + 1] = seq
  end
end
if ARGV[3] ~= '' then
  call('SET', KEYS[2], ARGV[3] .. ' ' .. table.concat(seqs, ','), 'PX', ARGV[4])
end
if call('PTTL', changes) < ARGV[2] / 2 then call('PEXPIRE', changes, ARGV[2]) end
return seqs
"""

WRITE_SHA = sha1(WRITE.encode(), usedforsecurity=False).hexdigest()

# A body from this size on takes the way of the large: it is sent from where it lies, as a plain
# SET of a stage that the script only patches and renames. Through the script's own strings a
# 2 MB body cost the server three times as much.
BIG = 64 * 1024

# Where the script writes the seq and its closing quote; JSON allows the spaces that are left.
_ROOM = b'"' + b" " * 23

_CHANGES_LIFE_MS = 7 * 86_400_000
_MARK_LIFE_MS = 86_400_000


@dataclass(slots=True)
class Plain:
    """A string under a key that is no envelope: a heartbeat, saved state. `ttl` in seconds."""

    key: str
    value: bytes
    ttl: float


@dataclass(frozen=True, slots=True)
class Group:
    """Writes that are all seen at once, or none of them: they never leave in two batches."""

    members: tuple[Write | Plain, ...]

    @property
    def key(self) -> str:
        """What it is called where it fails."""
        return self.members[0].key

    @property
    def ttl(self) -> float:
        """Seconds that the longest lived of it lives."""
        return max(one.ttl for one in self.members)


@dataclass(frozen=True, slots=True)
class Target:
    """What is the same for all batches of a writer."""

    mark: str
    changes_cap: int
    sha: str = WRITE_SHA


@dataclass(slots=True)
class Command:
    """A batch as it goes out: `pieces` to send, of which come `answers`, the last one counts.

    `marked` says that the batch leaves its number behind. `around` are head and tail of each
    value, in order: whoever is told of it need not make them again.
    """

    pieces: list[bytes]
    answers: int
    marked: bool
    around: list[tuple[bytes, bytes]]


def command(
    target: Target,
    number: int,
    writes: Sequence[tuple[Write | Plain, int]],
    *,
    marked: bool = False,
) -> Command:
    """Pack the batch with this `number`. Each write comes with its life in milliseconds.

    A batch with events leaves its number behind, and any other that is to be `marked`.
    """
    keys: list[Argument] = [CHANGES, target.mark]
    values: list[Argument] = []
    staged: list[bytes] = []
    around: list[tuple[bytes, bytes]] = []
    answers = 1
    for write, life in writes:
        keys.append(write.key)
        if isinstance(write, Plain):
            values += ("plain", life, write.value, "")
            continue
        head, tail = envelope.head(write), envelope.tail(write)
        around.append((head, tail))
        if write.kind is Kind.EVENTS:
            marked = True
            values += (write.cap, life, head, b"%b%b}" % (tail, write.data))
        elif len(write.data) < BIG:
            values += ("latest", life, head, b"%b%b}" % (tail, write.data))
        else:
            stage = f"{target.mark}:stage:{answers}"
            answers += 1
            text = (b"%b%b%b" % (head, _ROOM, tail[1:]), write.data, envelope.CLOSE)
            staged += pack(("SET", stage, text, "PX", life), pieces=True)
            values += ("staged", "", stage, len(head))
    script = pack(
        (
            "EVALSHA",
            target.sha,
            len(keys),
            *keys,
            target.changes_cap,
            _CHANGES_LIFE_MS,
            number if marked else "",
            _MARK_LIFE_MS,
            *values,
        )
    )
    return Command(staged + script, answers, marked, around)


def seqs_of_mark(mark: bytes | None, number: int) -> list[bytes] | None:
    """The seqs that batch `number` was written with, by what its writer's mark says; else None."""
    told, _, seqs = (mark or b"").partition(b" ")
    if told != b"%d" % number:
        return None
    return seqs.split(b",") if seqs else []
