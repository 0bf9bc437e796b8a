"""The Lua scripts that change the set of due work. Each is atomic, and running one twice does no harm.

Names, all under one prefix (KEYS[1]): sorted set `due` (unit to the service's time at which it is wanted), sorted set
`run` (unit to the end of its lease by the time of Redis), hash `tok` (unit to the token that holds it), counter `seq`
(the last token), hash `tries` (unit to attempts that were started and did not succeed), hash `begun` (unit to the token
whose attempt was counted), hash `waits` (unit to how often in a row it had to wait for something that was away), hash
`why` (unit to the last error), sorted set `dead` (unit to the time of its quarantine), `epoch` (when this Redis was
first used: gone after a wipe), set `swept` (what was read in full since then) and list `bell` (one element wakes one
clock). Beside them each `shut:NAME` keeps a unit or a site closed until a time, and each hash `writing:NAME` says who
may write a record of the ledger (`token`), and until when (`ends`).

All times are whole microseconds since 1970, which a Lua number holds exactly until the year 2255. The first argument
is "" for the time of Redis, or the microseconds that a test puts in its place.
"""

from __future__ import annotations

PRELUDE = """
local P = KEYS[1]
local DUE, RUN, TOK, SEQ = P .. 'due', P .. 'run', P .. 'tok', P .. 'seq'
local TRIES, BEGUN, WHY, DEAD = P .. 'tries', P .. 'begun', P .. 'why', P .. 'dead'
local WAITS = P .. 'waits'
local EPOCH, SWEPT, BELL = P .. 'epoch', P .. 'swept', P .. 'bell'
local SOON = 1000000 -- a clock looks again after a second in any case
local UNREPORTED = 'no end was reported: the process died, hung, or lost its lease'

-- tostring() would keep 14 digits only
local function text(n) return string.format('%.0f', n) end

local function time_us()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) end
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end

local function ring()
  if redis.call('EXISTS', BELL) == 0 then redis.call('LPUSH', BELL, '1') end
end

-- The earlier of the old and the new time stays. A unit in quarantine waits for a person.
local function add(key, at)
  if redis.call('ZSCORE', DEAD, key) then return false end
  local old = redis.call('ZSCORE', DUE, key)
  if old and tonumber(old) <= at then return false end
  redis.call('ZADD', DUE, text(at), key)
  return true
end

local function bury(key, now)
  redis.call('ZREM', DUE, key)
  redis.call('ZADD', DEAD, text(now), key)
end

-- Whether the key begins with one of the arguments from `first` on: such a unit is never set aside.
local function lasting(key, first)
  for i = first, #ARGV do
    if string.sub(key, 1, #ARGV[i]) == ARGV[i] then return true end
  end
  return false
end

-- Take the lease away and say whether an attempt had begun.
local function unlease(key)
  redis.call('ZREM', RUN, key)
  redis.call('HDEL', TOK, key)
  return redis.call('HDEL', BEGUN, key) == 1
end

local function uncount(key)
  if redis.call('HINCRBY', TRIES, key, -1) <= 0 then redis.call('HDEL', TRIES, key) end
end

local function in_grace(time, grace)
  local epoch = redis.call('GET', EPOCH)
  return epoch and time < tonumber(epoch) + grace
end

local function grant(key, time, lease)
  local token = text(math.max(tonumber(redis.call('GET', SEQ) or 0) + 1, time))
  redis.call('SET', SEQ, token)
  redis.call('ZREM', DUE, key)
  redis.call('ZADD', RUN, text(time + lease), key)
  redis.call('HSET', TOK, key, token)
  return token
end

-- Up to `most` units that are due and not in `run`, the longest waiting first.
local function claimable(now, most)
  local found, offset = {}, 0
  while #found < most do
    local page = redis.call('ZRANGEBYSCORE', DUE, '-inf', text(now), 'LIMIT', offset, 100)
    if #page == 0 then break end
    for _, key in ipairs(page) do
      if #found < most and not redis.call('ZSCORE', RUN, key) then found[#found + 1] = key end
    end
    offset = offset + #page
  end
  return found
end
"""

# ARGV: time, now, then at and key in turn. Returns how many were new or moved to an earlier time.
ADD = (
    PRELUDE
    + """
local now, moved, soon = tonumber(ARGV[2]), 0, false
for i = 3, #ARGV, 2 do
  local at = tonumber(ARGV[i])
  if add(ARGV[i + 1], at) then
    moved = moved + 1
    soon = soon or at <= now + SOON
  end
end
if soon then ring() end
return moved
"""
)

# ARGV: time, now, n, lease, grace, limit, then prefixes of what is never set aside.
# Returns key, token and number of the attempt, flat.
CLAIM = (
    PRELUDE
    + """
local time, now, n = time_us(), tonumber(ARGV[2]), tonumber(ARGV[3])
local lease, grace, limit = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
redis.call('SETNX', EPOCH, text(time))
for _, key in ipairs(redis.call('ZRANGEBYSCORE', RUN, '-inf', text(time), 'LIMIT', 0, 1000)) do
  local begun = unlease(key)
  if begun then redis.call('HSET', WHY, key, UNREPORTED) end
  if begun and tonumber(redis.call('HGET', TRIES, key) or 0) >= limit and not lasting(key, 7) then
    bury(key, now)
  else
    add(key, now)
  end
end
if in_grace(time, grace) then return {} end
local found, granted = claimable(now, n + 1), {}
if #found > n then
  found[n + 1] = nil
  ring()
end
for _, key in ipairs(found) do
  granted[#granted + 1] = key
  granted[#granted + 1] = grant(key, time, lease)
  granted[#granted + 1] = tonumber(redis.call('HGET', TRIES, key) or 0) + 1
end
return granted
"""
)

# ARGV: time, key, lease, grace. As CLAIM, for this unit whether it is due or not, and also out of quarantine.
CLAIM_ONE = (
    PRELUDE
    + """
local time, key = time_us(), ARGV[2]
redis.call('SETNX', EPOCH, text(time))
if in_grace(time, tonumber(ARGV[4])) then return {} end
local ends = redis.call('ZSCORE', RUN, key)
if ends and tonumber(ends) > time then return {} end
if ends and unlease(key) then redis.call('HSET', WHY, key, UNREPORTED) end
if redis.call('ZREM', DEAD, key) == 1 then redis.call('HDEL', TRIES, key) end
local token = grant(key, time, tonumber(ARGV[3]))
return {key, token, tonumber(redis.call('HGET', TRIES, key) or 0) + 1}
"""
)

# ARGV: time, key, token, lease. Returns 1 if the token holds, with the lease extended; the first counts the attempt.
HOLD = (
    PRELUDE
    + """
local key, token = ARGV[2], ARGV[3]
if redis.call('HGET', TOK, key) ~= token then return 0 end
redis.call('ZADD', RUN, text(time_us() + tonumber(ARGV[4])), key)
if redis.call('HGET', BEGUN, key) ~= token then
  redis.call('HSET', BEGUN, key, token)
  redis.call('HINCRBY', TRIES, key, 1)
end
return 1
"""
)

# ARGV: time, now, key, token, how (done, wait or fail), again or "", limit, why, then prefixes as in CLAIM.
# Returns 0 (fenced off), 1, or 2 (quarantined).
DONE = (
    PRELUDE
    + """
local now, key, how, again = tonumber(ARGV[2]), ARGV[3], ARGV[5], tonumber(ARGV[6])
if redis.call('HGET', TOK, key) ~= ARGV[4] then return 0 end
local begun = unlease(key)
if how == 'done' then
  redis.call('HDEL', TRIES, key)
  redis.call('HDEL', WAITS, key)
  redis.call('HDEL', WHY, key)
elseif how == 'wait' then
  if begun then uncount(key) end
else
  if not begun then redis.call('HINCRBY', TRIES, key, 1) end
  redis.call('HSET', WHY, key, ARGV[8])
  if tonumber(redis.call('HGET', TRIES, key)) >= tonumber(ARGV[7]) and not lasting(key, 9) then
    bury(key, now)
    return 2
  end
end
if again then add(key, again) end
local due = redis.call('ZSCORE', DUE, key)
if due and tonumber(due) <= now + SOON then ring() end
return 1
"""
)

# ARGV: time, key, token, stay. Let a lease that we can't end end by itself, soon, and uncounted. Returns 0 or 1.
LEAVE = (
    PRELUDE
    + """
local key, token = ARGV[2], ARGV[3]
if redis.call('HGET', TOK, key) ~= token then return 0 end
local stay = time_us() + tonumber(ARGV[4])
if tonumber(redis.call('ZSCORE', RUN, key)) > stay then redis.call('ZADD', RUN, text(stay), key) end
if redis.call('HDEL', BEGUN, key) == 1 then uncount(key) end
return 1
"""
)

# ARGV: time, now, most, grace. Returns how many could be claimed now (at most `most`), and the time of the next or "".
LOOK = (
    PRELUDE
    + """
local time, now, most = time_us(), tonumber(ARGV[2]), tonumber(ARGV[3])
local ready = 0
if not in_grace(time, tonumber(ARGV[4])) then
  ready = math.min(most, #claimable(now, most) + redis.call('ZCOUNT', RUN, '-inf', text(time)))
end
if redis.call('ZCOUNT', RUN, '-inf', text(time)) > 0 then return {ready, text(now)} end
local offset = 0
while true do
  local page = redis.call('ZRANGE', DUE, offset, offset + 99, 'WITHSCORES')
  if #page == 0 then return {ready, ''} end
  for i = 1, #page, 2 do
    if not redis.call('ZSCORE', RUN, page[i]) then return {ready, text(tonumber(page[i + 1]))} end
  end
  offset = offset + 100
end
"""
)

# ARGV: time, epoch, name. Remember that something was read in full, if the epoch is still the one it was read in.
MARK = (
    PRELUDE
    + """
if redis.call('GET', EPOCH) ~= ARGV[2] then return 0 end
redis.call('SADD', SWEPT, ARGV[3])
return 1
"""
)

# ARGV: time, now, key, back ("1": due again). Take a unit out of quarantine. Returns 0 if it was not in it.
RAISE = (
    PRELUDE
    + """
local key, now = ARGV[3], tonumber(ARGV[2])
if redis.call('ZREM', DEAD, key) == 0 then return 0 end
redis.call('HDEL', TRIES, key)
redis.call('HDEL', WHY, key)
if ARGV[4] == '1' then
  add(key, now)
  ring()
end
return 1
"""
)

BEGIN_WRITING = (
    PRELUDE
    + """
local time, name = time_us(), P .. 'writing:' .. ARGV[2]
local ends, holder = tonumber(redis.call('HGET', name, 'ends') or 0), redis.call('HGET', name, 'token')
if ends > time and holder ~= ARGV[3] then return 0 end
redis.call('HSET', name, 'token', ARGV[3], 'ends', text(time + tonumber(ARGV[4])))
redis.call('PEXPIRE', name, math.ceil(tonumber(ARGV[4]) / 1000))
return 1
"""
)

END_WRITING = (
    PRELUDE
    + """
local name = P .. 'writing:' .. ARGV[2]
if redis.call('HGET', name, 'token') == ARGV[3] then redis.call('DEL', name) end
return 0
"""
)
