"""The scripts of the ledger of slots. Each is one atomic step; the server's clock is the clock.

Keys of a budget, all times in whole microseconds since the epoch:

    slots:B          ordered set: process -> until when its slots may matter
    slots:B:P        ordered set: slot of process P -> its base (see `pace.ports.Span`)
    slots:B:P:flight ordered set: slot in flight -> when its place is given up
    slots:B:asked    ordered set: process -> when it asked last
    slots:B:past     as slots:B:P, for all processes that are gone
    slots:B:told     hash: process -> what it told last (see `pace.ports.Told`): number, at,
                     waiting of each group, until when that counts, when its outlook came
    slots:B:outlooks hash: process -> its outlook (see `pace.outlook`)
    slots:B:loans    how many slots were ever lent while more than one process was there
    slots:B:stop     until when the vendor asked for nothing, for whoever comes later (no script's)
    slots:B:since    when anybody spoke of the budget first: it goes with all the rest

One set for each process, so that asking costs nothing for one's own slots, however many.
A script begins with lines that set `now`: those of `SERVER_TIME`.
"""

from quanticity.store.slot_lines import COMMON, TELLING

SERVER_TIME = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
"""

# KEYS: slots:B. ARGV: process, in flight ('' = any number), look, forget (age from which no slot
# matters to a rolling span), life (ms), number of spans, whether it tells anything ('' = no); if
# so seen, its own loans, place of the main span ('' = none), number, at, waiting of each group,
# lives, outlook ('' = as before); for each span usable, length, since ('' = rolling), until; then
# for each ask id and hold and, where anything is told, whether it is scheduled (1), upto
# ('' = none), kept and soon ('' = none).
TAKE = (
    COMMON
    + """
local index, mine, cap = KEYS[1], KEYS[1] .. ':' .. ARGV[1], tonumber(ARGV[2])
local look = '(' .. whole(now - ARGV[3])
local life, spans = ARGV[5], tonumber(ARGV[6])
local my_flight = mine .. ':flight'
local tells, header, stride = ARGV[7] ~= '', 7, 2
if tells then header, stride = 18, 6 end
"""
    + TELLING
    + """
call('ZREMRANGEBYSCORE', index, '-inf', now)
local all = call('ZRANGE', index, 0, -1)
local known = false
for i, process in ipairs(all) do
  if process == ARGV[1] then known = true end
  all[i] = index .. ':' .. process
end
if not known then all[#all + 1] = mine end
local oldest_that_counts = now - ARGV[4]
for at = header + 3, header + 4 * spans, 4 do
  if ARGV[at] ~= '' then oldest_that_counts = math.min(oldest_that_counts, ARGV[at]) end
end
call('ZREMRANGEBYSCORE', mine, '-inf', '(' .. whole(oldest_that_counts))

for _, key in ipairs(all) do
  for _, id in ipairs(call('ZRANGEBYSCORE', key, '(' .. far, '+inf')) do
    call('ZADD', key, whole(now), id)
  end
  call('ZREMRANGEBYSCORE', key .. ':flight', '(' .. far, '+inf')
end

local function sum(minimum)
  local count = 0
  for _, key in ipairs(all) do count = count + call('ZCOUNT', key, minimum, '+inf') end
  return count
end

local asked = index .. ':asked'
call('ZREMRANGEBYSCORE', asked, '-inf', whole(now - ARGV[3]))
call('ZREMRANGEBYSCORE', asked, '(' .. far, '+inf')
call('ZADD', asked, whole(now), ARGV[1])
outlive(asked, life)
local processes = call('ZCARD', asked)

local others, ranks, others_in_flight, critical_in_flight = {}, {}, 0, 0
local function critical_of(flight)
  local count = 0
  for _, id in ipairs(call('ZRANGE', flight, 0, -1)) do
    if letter(id) == 'c' then count = count + 1 end
  end
  return count
end
for _, key in ipairs(all) do
  local flight = key .. ':flight'
  call('ZREMRANGEBYSCORE', flight, '-inf', now)
  if key ~= mine then
    local there = call('ZCARD', flight)
    others_in_flight = others_in_flight + there
    if there > 0 then critical_in_flight = critical_in_flight + critical_of(flight) end
    local rows = call('ZRANGEBYSCORE', key, look, '+inf', 'WITHSCORES')
    for i = 2, #rows, 2 do
      others[#others + 1] = tonumber(rows[i])
      ranks[#ranks + 1] = letter(rows[i - 1])
    end
  end
end

local room, main_room, minima, counts = 1e15, 1e15, {}, {}
for i = 1, spans do
  local at = header - 3 + 4 * i
  if ARGV[at + 2] == '' then
    minima[i] = '(' .. whole(now - ARGV[at + 1])
  else
    minima[i] = ARGV[at + 2]
  end
  counts[i] = sum(minima[i])
  room = math.min(room, ARGV[at] - counts[i])
  if tells and i == tonumber(ARGV[10]) then main_room = ARGV[at] - counts[i] end
end
local places = 1e15
if cap then places = cap - others_in_flight - call('ZCARD', my_flight) end

local loans, lent, elsewhere = index .. ':loans', 0, 0
local critical = critical_in_flight
if tells then
  elsewhere = tonumber(call('GET', loans) or '0') - ARGV[9]
  if cap then critical = critical + critical_of(my_flight) end
end
-- What was decided by an older view of the others must still stand.
local function agrees(at)
  local upto, soon = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 5])
  if upto and elsewhere > upto or main_room <= tonumber(ARGV[at + 4]) then return false end
  if not soon or not cap then return true end
  if cap > 1 then soon = math.max(1 - critical, soon) end
  return places > soon
end

local granted, fresh, asks = 0, 0, (#ARGV - header - 4 * spans) / stride
for i = 1, asks do
  local at = header + 1 + 4 * spans + stride * (i - 1)
  local id, base = ARGV[at], whole(now + ARGV[at + 1])
  local is_critical = letter(id) == 'c'
  -- A repeat after a lost answer needs no room of its own, as long as it is still in flight.
  local written = call('ZSCORE', mine, id)
  if not written or tonumber(written) <= now then
    if room < 1 or places < 1 then break end
    if tells and not agrees(at) then break end
    room, places, fresh, main_room = room - 1, places - 1, fresh + 1, main_room - 1
    if is_critical then critical = critical + 1 end
    if not is_critical or tells and (ARGV[at + 2] ~= '1' or ARGV[at + 3] ~= '') then
      lent = lent + 1
    end
  end
  call('ZADD', mine, base, id)
  call('ZADD', my_flight, base, id)
  granted = granted + 1
end
for i = 1, spans do counts[i] = counts[i] + fresh end
if lent > 0 and processes > 1 then
  call('INCRBY', loans, lent)
  outlive(loans, life)
end
local heard = {}
if tells then
  local waiting = {ARGV[13], ARGV[14], ARGV[15], ARGV[16]}
  for i = granted + 1, asks do
    local at = header + 1 + 4 * spans + stride * (i - 1)
    local rank = string.find('cinb', letter(ARGV[at]), 1, true)
    if rank and ARGV[at + 2] == '1' then waiting[rank] = whole(waiting[rank] + 1) end
  end
  write_down(ARGV[1], ARGV[11], ARGV[12], waiting, ARGV[17], ARGV[18], life)
  heard = hear(ARGV[1], ARGV[8])
end
if granted > 0 then
  call('ZADD', index, whole(now + life * 1000), ARGV[1])
  outlive(index, life)
  outlive(mine, life)
  outlive(my_flight, life)
end

local retry = -1
if granted < asks then
  retry = places < 1 and 50000 or 0
  for i = 1, spans do
    local at = header - 3 + 4 * i
    local over = counts[i] - ARGV[at] + 1
    if over > 0 and ARGV[at + 2] ~= '' then
      retry = math.max(retry, ARGV[at + 3] - now)
    elseif over > 0 then
      local oldest = {}
      for _, key in ipairs(all) do
        local rows = call('ZRANGEBYSCORE', key, minima[i], '+inf', 'WITHSCORES', 'LIMIT', 0, over)
        for j = 2, #rows, 2 do oldest[#oldest + 1] = tonumber(rows[j]) end
      end
      table.sort(oldest)
      retry = math.max(retry, (oldest[over] or now) + ARGV[at + 1] - now)
    end
  end
end
return {granted, now, retry, others_in_flight, processes, counts, others, table.concat(ranks),
  critical_in_flight, tonumber(call('GET', loans) or '0'), heard, known_since(life)}
"""
)

# KEYS: slots:B:P, slots:B:P:flight. ARGV: number of headers, number of done, then the ids:
# headers, done, unsent; then how long each of the headers' bodies may take.
RELEASE = (
    COMMON
    + """
local mine, flight = KEYS[1], KEYS[2]
local headers, done = tonumber(ARGV[1]), tonumber(ARGV[2])
local ids = #ARGV - 2 - headers
for place = 1, ids do
  local id = ARGV[place + 2]
  if place <= headers then
    local base = call('ZSCORE', mine, id)
    if base and tonumber(base) > now then
      call('ZADD', mine, whole(now), id)
    end
    call('ZADD', flight, 'XX', whole(now + ARGV[2 + ids + place]), id)
  else
    call('ZREM', flight, id)
    if place > headers + done then call('ZREM', mine, id) end
  end
end
return 1
"""
)

# KEYS: slots:B, slots:B:P. ARGV: process, life (ms), then for each slot base and id.
ADD = (
    COMMON
    + """
for i = 3, #ARGV, 2 do
  call('ZADD', KEYS[2], ARGV[i], ARGV[i + 1])
  -- It may have been written by a take whose answer was lost; nobody tells its end then.
  if tonumber(ARGV[i]) <= now then call('ZREM', KEYS[2] .. ':flight', ARGV[i + 1]) end
end
call('ZADD', KEYS[1], whole(now + ARGV[2] * 1000), ARGV[1])
outlive(KEYS[1], ARGV[2])
outlive(KEYS[2], ARGV[2])
return 1
"""
)

# KEYS: slots:B. ARGV: length, how long a process must have been silent to be laid to the past,
# the process that asks ('' = nobody) and its look: it counts as there, and its own are left out;
# then what it tells, from number on, as in TAKE.
# The slots of processes that are gone are put together, so that their number does not grow.
HELD = (
    COMMON
    + """
local index = KEYS[1]
local past = index .. ':past'
"""
    + TELLING
    + """
call('ZREMRANGEBYSCORE', index, '-inf', now)
local bases, flights, ranks = {}, {}, {}
for _, process in ipairs(call('ZRANGE', index, 0, -1)) do
  local key = index .. ':' .. process
  local least = '(' .. whole(now - ARGV[1])
  local under_way = call('ZRANGEBYSCORE', key .. ':flight', '(' .. whole(now),
    '+inf', 'WITHSCORES')
  if process ~= ARGV[3] then
    local rows = call('ZRANGEBYSCORE', key, least, '+inf', 'WITHSCORES')
    for i = 2, #rows, 2 do
      bases[#bases + 1] = tonumber(rows[i])
      ranks[#ranks + 1] = letter(rows[i - 1])
    end
    for i = 2, #under_way, 2 do flights[#flights + 1] = tonumber(under_way[i]) end
  end
  local silent = call('ZCOUNT', key, whole(now - ARGV[2]), '+inf') == 0
  if process ~= 'past' and process ~= ARGV[3] and silent and #under_way == 0 then
    local life = math.max(call('PTTL', key), call('PTTL', past))
    if life > 0 then
      call('ZUNIONSTORE', past, 2, past, key, 'AGGREGATE', 'MAX')
      call('PEXPIRE', past, life)
      local ends = call('ZSCORE', index, process)
      local so_far = call('ZSCORE', index, 'past')
      if not so_far or tonumber(so_far) < tonumber(ends) then call('ZADD', index, ends, 'past') end
    end
    call('DEL', key, key .. ':flight')
    call('ZREM', index, process)
  end
end
local there, heard, since = 1, {}, call('GET', index .. ':since') or '0'
if ARGV[3] ~= '' then
  local asked = index .. ':asked'
  call('ZREMRANGEBYSCORE', asked, '-inf', whole(now - ARGV[4]))
  call('ZADD', asked, whole(now), ARGV[3])
  local life = whole(ARGV[4] / 1000 + 60000)
  outlive(asked, life)
  there = call('ZCARD', asked)
  local waiting = {ARGV[7], ARGV[8], ARGV[9], ARGV[10]}
  write_down(ARGV[3], ARGV[5], ARGV[6], waiting, ARGV[11], ARGV[12], life)
  heard = hear(ARGV[3], 0)
  since = known_since(life)
end
local loans = tonumber(call('GET', index .. ':loans') or '0')
return {now, bases, flights, there, table.concat(ranks), loans, heard, since}
"""
)
