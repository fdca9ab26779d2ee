-- lib/entry.lua: the entries of an opened cache. Needs lib/cache, and to write also lib/log and lib/fuse.
--
-- An entry lies in four places, always together: its body in the hash `entries`, and its key in the sorted
-- sets `keys` (by name), `due` (by deadline, +inf without one) and `recency` (by last use). The deadline is in
-- `due` alone. A body is 30 bytes of head, then the value's JSON text:
--   createdAt, updatedAt (ms), version's seq, ttl it was given (ms, 0: none), last `renewed` by use (ms)
--
-- A command in a script costs more than what most of them do. So entries that are put wait, for as long as the run
-- does nothing else with the four places, and go in by one command each; what ends together goes likewise.

local HEAD = '>I6I6I6I6I6'

-- Entries that may wait: bounds the arguments of one command.
local MOST_WAITING = 1000

local function decode(key, body, deadline)
  local created, updated, version, ttl, slid, at = struct.unpack(HEAD, body)
  return {
    key = key, created = created, updated = updated, version = version, ttl = ttl, slid = slid,
    value = string.sub(body, at), deadline = tonumber(deadline),
  }
end

local function encode(e)
  return struct.pack(HEAD, e.created, e.updated, e.version, e.ttl, e.slid) .. e.value
end

local function read(c, key)
  if c.waiting and c.waiting.entries[key] then return c.waiting.entries[key] end
  local body = c.fetched and c.fetched[key]
  if body == nil then body = redis.call('HGET', c.entries, key) end
  if not body then return nil end
  return decode(key, body, redis.call('ZSCORE', c.due, key))
end

-- Reads the bodies of many entries at once, for the `read`s to come.
local function fetch(c, keys)
  local bodies = redis.call('HMGET', c.entries, unpack(keys))
  c.fetched = {}
  for i, key in ipairs(keys) do c.fetched[key] = bodies[i] end
end

-- How many entries there are, waiting ones counted.
local function size(c)
  c.size = c.size or redis.call('HLEN', c.entries) + (c.waiting and c.waiting.new or 0)
  return c.size
end

-- Puts what waits where it belongs. Before anything else is done with the four places.
local function flush(c)
  local waiting = c.waiting
  if not waiting then return end
  c.waiting = nil
  redis.call('HSET', c.entries, unpack(waiting.bodies))
  redis.call('ZADD', c.due, unpack(waiting.due))
  redis.call('ZADD', c.recency, unpack(waiting.recency))
  if waiting.new > 0 then redis.call('ZADD', c.keys, unpack(waiting.keys)) end
end

local function push(list, a, b)
  local n = #list
  list[n + 1], list[n + 2] = a, b
end

-- Gives an entry its ttl (nil: no deadline) from now on; returns its score in `due`.
local function set_deadline(c, e, ttl)
  if e.deadline then deadline_gone(c, e.deadline) end
  e.ttl = ttl or 0
  e.deadline = ttl and c.now + ttl or math.huge
  deadline_set(c, e.deadline)
  return ttl and e.deadline or '+inf'
end

-- Has an entry that was created or replaced put into all four places, as the most recently used.
local function put_later(c, e, ttl, new)
  if c.waiting and #c.waiting.bodies >= 2 * MOST_WAITING then flush(c) end
  local waiting = c.waiting or { entries = {}, bodies = {}, due = {}, recency = {}, keys = {}, new = 0 }
  c.waiting = waiting
  push(waiting.due, set_deadline(c, e, ttl), e.key)
  push(waiting.bodies, e.key, encode(e))
  push(waiting.recency, next_tick(c), e.key)
  if new then
    push(waiting.keys, 0, e.key)
    waiting.new = waiting.new + 1
    if c.size then c.size = c.size + 1 end
  end
  waiting.entries[e.key] = e
  if c.fetched then c.fetched[e.key] = nil end
end

local function store(c, e)
  redis.call('HSET', c.entries, e.key, encode(e))
  if c.fetched then c.fetched[e.key] = nil end
end

local function touch(c, key)
  redis.call('ZADD', c.recency, next_tick(c), key)
end

local function log_end(c, e, type, reason)
  deadline_gone(c, e.deadline)
  c.bytes = c.bytes - #e.key - #e.value
  count(c, type)
  append(c, type, e.key, e.version, e.deadline, reason or '', e.value)
end

local function forget(c, keys)
  redis.call('HDEL', c.entries, unpack(keys))
  redis.call('ZREM', c.keys, unpack(keys))
  redis.call('ZREM', c.due, unpack(keys))
  redis.call('ZREM', c.recency, unpack(keys))
  if c.size then c.size = c.size - #keys end
  if c.fetched then
    for _, key in ipairs(keys) do c.fetched[key] = nil end
  end
end

-- Ends a life: the entry is gone from all four places, and the log says why, with the last value.
local function finish(c, e, type, reason)
  flush(c)
  log_end(c, e, type, reason)
  forget(c, { e.key })
end

-- Ends several lives, in that order.
local function finish_all(c, keys, type, reason)
  if #keys == 0 then return end
  flush(c)
  local bodies = redis.call('HMGET', c.entries, unpack(keys))
  local deadlines = redis.call('ZMSCORE', c.due, unpack(keys))
  for i, key in ipairs(keys) do
    if bodies[i] then log_end(c, decode(key, bodies[i], deadlines[i]), type, reason) end
  end
  forget(c, keys)
end

-- Ends up to `most` entries whose deadline has passed, the earliest first. Returns how many.
local function expire_due(c, most)
  flush(c)
  local keys = redis.call('ZRANGEBYSCORE', c.due, '-inf', c.now, 'LIMIT', 0, most)
  finish_all(c, keys, 'expired')
  return #keys
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
  if c.max_entries and size(c) > c.max_entries then return 'entries' end
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
    local surplus = bound == 'entries' and math.min(size(c) - c.max_entries, most) or 1
    finish_all(c, redis.call('ZRANGE', c.recency, 0, surplus - 1), 'evicted', reason or bound)
    most = most - surplus
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

-- Writes back what the run changed, and tells those who listen. Once, at the end of every writing script.
local function close(c)
  if not c.exists then return end
  flush(c)
  local changes = { 'seq', c.seq, 'tick', c.tick, 'bytes', c.bytes }
  for figure in pairs(c.counted) do
    changes[#changes + 1] = figure
    changes[#changes + 1] = c.figures[figure]
  end
  redis.call('HSET', c.base, unpack(changes))
  arm(c)
  if #c.records > 0 then
    redis.call('PUBLISH', string.match(c.shard, '^(.-):{') .. ':live', table.concat(c.records, '\0'))
  end
end
