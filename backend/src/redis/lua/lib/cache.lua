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
  if not c.generations then return c.made .. '-' .. seq end
  local generation = 0
  for number, start in string.gmatch(c.generations, '(%d+):(%d+)') do
    if seq > tonumber(start) then generation = tonumber(number) end
  end
  return epoch_of(c.made, generation) .. '-' .. seq
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

-- Reads a cache's head (epoch, place in the log), policy and running figures. Writes nothing.
local function open(base, shard)
  local now, time = clock()
  local field = redis.call('HMGET', base, 'createdAt', 'epoch', 'generations', 'seq', 'tick', 'bytes', 'armed', 'maxEntries',
    'maxBytes', 'defaultTtlMs', 'maxTtlMs', 'sliding', 'history', 'hits', 'misses', 'created', 'expired', 'evicted',
    'deleted')
  local made, generations = field[2], field[3]
  return {
    now = now, time = time, base = base, shard = shard,
    name = string.match(base, ':cache:(.*)$'),
    entries = base .. ':entries', keys = base .. ':keys', due = base .. ':due', recency = base .. ':recency',
    log = base .. ':log',
    exists = field[1] ~= false, created = field[1],
    made = made, generations = generations,
    epoch = made and epoch_of(made, current_generation(generations)),
    seq = tonumber(field[4] or 0), tick = tonumber(field[5] or 0), bytes = tonumber(field[6] or 0), armed = field[7],
    max_entries = tonumber(field[8]), max_bytes = tonumber(field[9]),
    default_ttl = tonumber(field[10]), max_ttl = tonumber(field[11]),
    sliding = field[12] == '1', history = tonumber(field[13] or 10000),
    figures = {
      hits = field[14] or 0, misses = field[15] or 0, created = field[16] or 0,
      expired = field[17] or 0, evicted = field[18] or 0, deleted = field[19] or 0,
    },
    records = {}, counted = {}, rearm = field[7] == false,
  }
end

local HEAD_MS = 24 * 3600 * 1000

-- Makes the log's head if there is none. A head without a cache (nobody wrote yet, or the cache was removed)
-- is kept for a day after it was last asked for, so that those who watch can still be told what happened.
local function ensure_head(c)
  if not c.made then
    c.made = mint_epoch(c.time)
    c.epoch = c.made
    redis.call('HSET', c.base, 'epoch', c.made, 'seq', c.seq)
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
  c.figures[figure] = c.figures[figure] + 1
  c.counted[figure] = true
end

-- A place in the order of use; the higher, the more recent.
local function next_tick(c)
  c.tick = c.tick + 1
  return c.tick
end
