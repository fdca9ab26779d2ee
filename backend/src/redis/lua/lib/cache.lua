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

-- Reads a cache's head (epoch, place in the log) and policy. Writes nothing.
--
-- `place` holds what every write changes: the log's newest seq, the newest tick (see next_tick), bytes, and the
-- deadline that is armed (see fuse.lua), '-' when that is not known. `policy` holds the rest; '-' is no bound.
local function open(base, shard)
  local now, time = clock()
  local field = redis.call('HMGET', base, 'createdAt', 'epoch', 'generations', 'place', 'policy')
  local made, generations = field[2], field[3]
  local seq, tick, bytes, armed = string.match(field[4] or '0 0 0 -', '^(%d+) (%d+) (%d+) (%S+)$')
  local max_entries, max_bytes, default_ttl, max_ttl, sliding, history =
    string.match(field[5] or '- - - - 0 10000', '^(%S+) (%S+) (%S+) (%S+) (%d) (%d+)$')
  local armed_at = tonumber(armed)
  return {
    now = now, time = time, base = base, shard = shard,
    name = string.match(base, ':cache:(.*)$'),
    entries = base .. ':entries', keys = base .. ':keys', due = base .. ':due', recency = base .. ':recency',
    log = base .. ':log',
    exists = field[1] ~= false, created = field[1],
    made = made, generations = generations,
    epoch = made and epoch_of(made, current_generation(generations)),
    seq = tonumber(seq), tick = tonumber(tick), bytes = tonumber(bytes),
    armed = armed, armed_at = armed_at, rearm = armed_at == nil,
    max_entries = tonumber(max_entries), max_bytes = tonumber(max_bytes),
    default_ttl = tonumber(default_ttl), max_ttl = tonumber(max_ttl),
    sliding = sliding == '1', history = tonumber(history),
    records = {}, counted = {}, known = {},
  }
end

local function place_of(c)
  return string.format('%d %d %d %s', c.seq, c.tick, c.bytes, c.armed)
end

local HEAD_MS = 24 * 3600 * 1000

-- Makes the log's head if there is none. A head without a cache (nobody wrote yet, or the cache was removed)
-- is kept for a day after it was last asked for, so that those who watch can still be told what happened.
local function ensure_head(c)
  if not c.made then
    c.made = mint_epoch(c.time)
    c.epoch = c.made
    redis.call('HSET', c.base, 'epoch', c.made, 'place', place_of(c))
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

local function count(c, figure)
  c.counted[figure] = (c.counted[figure] or 0) + 1
end

-- A place in the order of use; the higher, the more recent.
local function next_tick(c)
  c.tick = c.tick + 1
  return int(c.tick)
end
