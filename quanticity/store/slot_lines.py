"""Lines that scripts of the ledger of slots share: its keys are described in `slot_scripts`."""

COMMON = """
local call = redis.call
local function whole(number) return string.format('%.0f', number) end
-- The letter of the group of a slot, by the end of its id.
local function letter(id) return string.match(id, '[cinb]$') or '-' end
-- What lies further ahead was written before the clock was set back: no request takes so long.
local far = whole(now + 600 * 1000000)
local function outlive(key, life)
  local left = call('PTTL', key)
  if left < tonumber(life) then call('PEXPIRE', key, whole(life * 1.1)) end
end
"""

# What a process tells the others, and hears of them; `waiting` by rank.
TELLING = """
-- As long as any slot may matter, or anybody speaks of the budget.
local function known_since(life)
  local key, since = index .. ':since', call('GET', index .. ':since')
  if not since then
    since = whole(now)
    call('SET', key, since)
  end
  outlive(key, life)
  return since
end
local told, outlooks = index .. ':told', index .. ':outlooks'
local function write_down(process, number, at, waiting, lives, outlook, life)
  local came = whole(now)
  if outlook == '' then
    came = string.match(call('HGET', told, process) or '0', '%d+$')
  else
    call('HSET', outlooks, process, outlook)
    outlive(outlooks, life)
  end
  local word = {number, at, table.concat(waiting, ' '), whole(now + lives), came}
  call('HSET', told, process, table.concat(word, ' '))
  outlive(told, life)
end
local function hear(process, seen)
  local heard, all = {}, call('HGETALL', told)
  for i = 1, #all, 2 do
    if all[i] ~= process then
      local ends, came = string.match(all[i + 1], '(%d+) (%d+)$')
      if tonumber(ends) <= now or tonumber(ends) > tonumber(far) then
        call('HDEL', told, all[i])
        call('HDEL', outlooks, all[i])
      elseif came ~= '0' then
        local outlook = ''
        if tonumber(came) >= tonumber(seen) then outlook = call('HGET', outlooks, all[i]) or '' end
        heard[#heard + 1] = {all[i], all[i + 1], outlook}
      end
    end
  end
  return heard
end
"""
