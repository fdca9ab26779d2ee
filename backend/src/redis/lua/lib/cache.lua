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
  local field = redis.call('HMGET', base, 'createdAt', 'epoch', 'seq', 'tick', 'bytes', 'armed', 'maxEntries',
    'maxBytes', 'defaultTtlMs', 'maxTtlMs', 'sliding', 'history')
  return {
    now = now, time = time, base = base, shard = shard,
    name = string.match(base, ':cache:(.*)$'),
    entries = base .. ':entries', keys = base .. ':keys', due = base .. ':due', recency = base .. ':recency',
    log = base .. ':log',
    exists = field[1] ~= false,
    epoch = field[2], seq = tonumber(field[3] or 0), tick = tonumber(field[4] or 0),
    bytes = tonumber(field[5] or 0), armed = field[6],
    max_entries = tonumber(field[7]), max_bytes = tonumber(field[8]),
    default_ttl = tonumber(field[9]), max_ttl = tonumber(field[10]),
    sliding = field[11] == '1', history = tonumber(field[12] or 10000),
    records = {}, figures = {},
  }
end

-- Makes the log's head if there is none. A head without a cache (nobody wrote yet, or the cache was removed)
-- is kept for a day after it was last asked for, so that those who watch can still be told what happened.
local function ensure_head(c)
  if not c.epoch then
    c.epoch = mint_epoch(c.time)
    redis.call('HSET', c.base, 'epoch', c.epoch, 'seq', c.seq)
  end
  if not c.exists then
    redis.call('PEXPIRE', c.base, 86400000)
    redis.call('PEXPIRE', c.log, 86400000)
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
  c.exists = true
end

local function count(c, figure)
  c.figures[figure] = (c.figures[figure] or 0) + 1
end

-- A place in the order of use; the higher, the more recent.
local function next_tick(c)
  c.tick = c.tick + 1
  return c.tick
end
