-- lib/cache.lua: one cache, opened for one run of a script.
--
-- Every script names its cache by KEYS[1] (`lapse:{5}:cache:sessions`) and that cache's shard by KEYS[2]
-- (`lapse:{5}`). All further keys are derived from these two and share their hash tag, so one node holds them
-- all. `keys.ts` lists every key there is.
--
-- The clock is read once: Redis freezes expiry inside a script, while TIME may move on.

local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000), time
end

-- Text of a whole number. (Redis and Lua would format it as a fraction, which takes three times as long.)
local function int(n)
  return string.format('%d', n)
end

-- The generations of a log: `1:100 2:250` says that the second run of the Redis server to hold it found it ending at
-- event 100, the third at 250 (see attend.lua). Their number is part of the epoch that clients see, `<made>.<number>`,
-- so that an event lost with a run is never taken for the one that got its place afterwards.
local function current_generation(generations)
  return generations and tonumber(string.match(generations, '(%d+):%d+$')) or 0
end

local function epoch_of(made, generation)
  return generation == 0 and made or made .. '.' .. generation
end

-- The version that was given to the event of that seq.
local function version_of(c, seq)
  if not c.generations then return c.made .. '-' .. int(seq) end
  local generation = 0
  for number, start in string.gmatch(c.generations, '(%d+):(%d+)') do
    if seq > tonumber(start) then generation = tonumber(number) end
  end
  return epoch_of(c.made, generation) .. '-' .. int(seq)
end

-- A new epoch: the microsecond of its making, in base 36.
local function mint_epoch(time)
  local n, digits = time[1] * 1000000 + time[2], ''
  while n > 0 do
    local digit = n % 36
    digits = string.sub('0123456789abcdefghijklmnopqrstuvwxyz', digit + 1, digit + 1) .. digits
    n = math.floor(n / 36)
  end
  return digits
end

-- `state` is what nearly every run changes, ten numbers of six bytes: the log's newest seq, the newest tick (see
-- next_tick), bytes, the deadline that is armed (see fuse.lua; 0: not known), and the figures.
local STATE = '>I6I6I6I6I6I6I6I6I6I6'
local NO_DEADLINE = 2 ^ 48 - 1

-- Reads a cache's head (epoch, place in the log), policy and running figures. Writes nothing. A run may end so many
-- entries to make room (`may_end`): that bounds the time it holds Redis.
local function open(base, shard)
  local now, time = clock()
  local field = redis.call('HMGET', base, 'createdAt', 'epoch', 'generations', 'state', 'policy')
  local made, generations = field[2], field[3]
  local c = {
    now = now, time = time, base = base, shard = shard,
    name = string.match(base, ':cache:(.*)$'),
    entries = base .. ':entries', keys = base .. ':keys', due = base .. ':due', recency = base .. ':recency',
    log = base .. ':log',
    exists = field[1] ~= false, created_at = field[1],
    made = made, generations = generations,
    epoch = made and epoch_of(made, current_generation(generations)),
    seq = 0, tick = 0, bytes = 0, armed = 0, rearm = false,
    hits = 0, misses = 0, created = 0, expired = 0, evicted = 0, deleted = 0,
    max_entries = nil, max_bytes = nil, default_ttl = nil, max_ttl = nil, sliding = false, history = 10000,
    known = {}, waiting = nil, size = nil, may_end = 1000, records = {}, record_bytes = 0, at = nil,
  }
  if field[4] then
    c.seq, c.tick, c.bytes, c.armed, c.hits, c.misses, c.created, c.expired, c.evicted, c.deleted =
      struct.unpack(STATE, field[4])
  end
  if c.armed == NO_DEADLINE then c.armed = math.huge end
  c.rearm = c.armed == 0
  if field[5] then
    -- Six fields; '-' is no bound.
    local entries, bytes, default, most, sliding, history =
      string.match(field[5], '^(%S+) (%S+) (%S+) (%S+) (%d) (%d+)$')
    c.max_entries, c.max_bytes, c.default_ttl, c.max_ttl =
      tonumber(entries), tonumber(bytes), tonumber(default), tonumber(most)
    c.sliding, c.history = sliding == '1', tonumber(history)
  end
  return c
end

local function state_of(c)
  local armed = c.armed == math.huge and NO_DEADLINE or c.armed
  return struct.pack(
    STATE, c.seq, c.tick, c.bytes, armed, c.hits, c.misses, c.created, c.expired, c.evicted, c.deleted)
end

local HEAD_MS = 24 * 3600 * 1000

-- Makes the log's head if there is none. A head without a cache (nobody wrote yet, or the cache was removed)
-- is kept for a day after it was last asked for, so that those who watch can still be told what happened.
local function ensure_head(c)
  if not c.made then
    c.made = mint_epoch(c.time)
    c.epoch = c.made
    redis.call('HSET', c.base, 'epoch', c.made, 'state', state_of(c))
  end
  if not c.exists then
    redis.call('PEXPIRE', c.base, HEAD_MS)
    redis.call('PEXPIRE', c.log, HEAD_MS)
    redis.call('ZREMRANGEBYSCORE', c.shard .. ':heads', '-inf', c.now)
    redis.call('ZADD', c.shard .. ':heads', c.now + HEAD_MS, c.name)
  end
end

-- Makes the cache itself, with the default policy, if it is not there.
local function ensure_cache(c)
  if c.exists then return end
  ensure_head(c)
  redis.call('PERSIST', c.base)
  redis.call('PERSIST', c.log)
  redis.call('HSET', c.base, 'createdAt', c.now)
  redis.call('SADD', c.shard .. ':caches', c.name)
  redis.call('ZREM', c.shard .. ':heads', c.name)
  c.exists = true
end

-- A place in the order of use; the higher, the more recent.
local function next_tick(c)
  c.tick = c.tick + 1
  return int(c.tick)
end
