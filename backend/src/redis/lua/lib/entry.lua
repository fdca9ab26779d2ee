-- lib/entry.lua: the entries of an opened cache. Needs lib/cache and lib/log.
--
-- An entry lies in four places, always together: its body in the hash `entries`, and its key in the sorted
-- sets `keys` (by name), `due` (by deadline, +inf without one) and `recency` (by last use). The deadline is in
-- `due` alone. A body is 30 bytes of head, then the value's JSON text:
--   createdAt, updatedAt (ms), version's seq, ttl it was given (ms, 0: none), last `renewed` by use (ms)

local HEAD = '>I6I6I6I6I6'

local function read(c, key)
  local body = redis.call('HGET', c.entries, key)
  if not body then return nil end
  local created, updated, version, ttl, slid, at = struct.unpack(HEAD, body)
  return {
    key = key, created = created, updated = updated, version = version, ttl = ttl, slid = slid,
    value = string.sub(body, at), deadline = tonumber(redis.call('ZSCORE', c.due, key)),
  }
end

local function store(c, e)
  local head = struct.pack(HEAD, e.created, e.updated, e.version, e.ttl, e.slid)
  redis.call('HSET', c.entries, e.key, head .. e.value)
end

local function set_deadline(c, e, ttl)
  e.ttl = ttl or 0
  if e.deadline then deadline_gone(c, e.deadline) end
  e.deadline = ttl and c.now + ttl or math.huge
  deadline_set(c, e.deadline)
  redis.call('ZADD', c.due, ttl and e.deadline or '+inf', e.key)
end

local function touch(c, key)
  redis.call('ZADD', c.recency, next_tick(c), key)
end

-- Ends a life: the entry is gone from all four places, and the log says why, with the last value.
local function finish(c, e, type, reason)
  redis.call('HDEL', c.entries, e.key)
  redis.call('ZREM', c.keys, e.key)
  redis.call('ZREM', c.due, e.key)
  redis.call('ZREM', c.recency, e.key)
  deadline_gone(c, e.deadline)
  c.bytes = c.bytes - #e.key - #e.value
  count(c, type)
  append(c, type, e.key, e.version, e.deadline, reason or '', e.value)
end

-- Ends up to `most` entries whose deadline has passed, the earliest first. Returns how many.
local function expire_due(c, most)
  local due = redis.call('ZRANGEBYSCORE', c.due, '-inf', c.now, 'LIMIT', 0, most)
  for _, key in ipairs(due) do
    local e = read(c, key)
    if e then finish(c, e, 'expired') else redis.call('ZREM', c.due, key) end
  end
  return #due
end

-- The living entry of that key, or nil. One whose deadline has passed ends here, as expired.
local function find(c, key)
  local e = read(c, key)
  if e and e.deadline <= c.now then
    finish(c, e, 'expired')
    return nil
  end
  return e
end

-- Whether a cache holds more than its policy allows: 'entries', 'bytes' or nil.
local function overfull(c)
  if c.max_entries and redis.call('HLEN', c.entries) > c.max_entries then return 'entries' end
  if c.max_bytes and c.bytes > c.max_bytes then return 'bytes' end
  return nil
end

-- Evicts the least recently used until the cache is within its policy, or `most` are gone. What is past its
-- deadline has expired and makes room first. `reason` overrides the bound's own name. Returns true when more
-- would have to go.
local function make_room(c, most, reason)
  if not overfull(c) then return false end
  most = most - expire_due(c, most)
  local bound = overfull(c)
  while bound and most > 0 do
    finish(c, read(c, redis.call('ZRANGE', c.recency, 0, 0)[1]), 'evicted', reason or bound)
    most = most - 1
    bound = overfull(c)
  end
  return bound ~= nil
end

-- What a client is told of an entry.
local function describe(c, e, value)
  local deadline = e.deadline
  if deadline == math.huge then deadline = 0 end
  return { 'ok', version_of(c, e.version), e.created, e.updated, deadline, c.now, value or e.value }
end
