-- lib/entry.lua: the entries of an opened cache. Needs lib/cache, and to write also lib/log and lib/fuse.
--
-- An entry lies in four places, always together: its body in the hash `entries`, and its key in the sorted
-- sets `keys` (by name), `due` (by deadline, +inf without one) and `recency` (by last use). The deadline is in
-- `due` alone. A body is a head, then the value's JSON text. The head:
--   createdAt (ms), version's seq, ttl it was given (ms, 0: none), updatedAt (ms), last `renewed` by use (ms)
-- Its first byte tells the form: 1 is all of it, in six bytes each; 0 is a short one of 15 bytes for an entry that
-- was neither replaced nor renewed by use, its seq and ttl in four bytes each.
--
-- A command in a script costs more than what most of them do. So what is to be put into the four places waits, for as
-- long as the run does nothing else with them, and goes in by one command each; what ends together goes likewise. And
-- what the run knows of a key is kept in `c.known`: its entry, or false when there is none.

local WHOLE, SHORT = '>BI6I6I6I6I6', '>BI6I4I4'
local SHORT_MOST = 4294967295

-- Changes that may wait: bounds the arguments of one command.
local MOST_WAITING = 1000

local function decode(key, body, due)
  local created, version, ttl, updated, slid, at, _
  if string.byte(body) == 0 then
    _, created, version, ttl, at = struct.unpack(SHORT, body)
    updated, slid = created, 0
  else
    _, created, version, ttl, updated, slid, at = struct.unpack(WHOLE, body)
  end
  return {
    key = key, created = created, updated = updated, version = version, ttl = ttl, slid = slid,
    value = string.sub(body, at), due = due, deadline = tonumber(due),
  }
end

local function encode(e)
  if e.updated == e.created and e.slid == 0 and e.version <= SHORT_MOST and e.ttl <= SHORT_MOST then
    return struct.pack(SHORT, 0, e.created, e.version, e.ttl) .. e.value
  end
  return struct.pack(WHOLE, 1, e.created, e.version, e.ttl, e.updated, e.slid) .. e.value
end

local function read(c, key)
  local e = c.known[key]
  if e == nil then
    local body = redis.call('HGET', c.entries, key)
    e = body and decode(key, body, redis.call('ZSCORE', c.due, key))
    c.known[key] = e
  end
  return e or nil
end

-- Reads many entries at once, for the `read`s to come.
local function fetch(c, keys)
  local bodies, dues = redis.call('HMGET', c.entries, unpack(keys)), redis.call('ZMSCORE', c.due, unpack(keys))
  for i, key in ipairs(keys) do c.known[key] = bodies[i] and decode(key, bodies[i], dues[i]) end
end

-- The version of an entry, as clients see it.
local function version_text(c, e)
  e.version_text = e.version_text or version_of(c, e.version)
  return e.version_text
end

-- How many entries there are, waiting ones counted.
local function size(c)
  c.size = c.size or redis.call('HLEN', c.entries) + (c.waiting and c.waiting.keys and #c.waiting.keys / 2 or 0)
  return c.size
end

-- Puts what waits where it belongs. Before anything else is done with the four places.
local function flush(c)
  local waiting = c.waiting
  if not waiting then return end
  c.waiting = nil
  if waiting.bodies then redis.call('HSET', c.entries, unpack(waiting.bodies)) end
  if waiting.due then redis.call('ZADD', c.due, unpack(waiting.due)) end
  redis.call('ZADD', c.recency, unpack(waiting.recency))
  if waiting.keys then redis.call('ZADD', c.keys, unpack(waiting.keys)) end
end

-- Gives an entry its ttl (nil: no deadline) from now on.
local function set_deadline(c, e, ttl)
  if e.deadline then deadline_gone(c, e.deadline) end
  e.ttl = ttl or 0
  e.deadline = ttl and c.now + ttl or math.huge
  e.due = ttl and int(e.deadline) or '+inf'
  deadline_set(c, e.deadline)
end

-- Puts a pair into one of the lists that wait.
local function wait(waiting, list, first, second)
  local all = waiting[list]
  if all then
    local n = #all
    all[n + 1], all[n + 2] = first, second
  else
    waiting[list] = { first, second }
  end
end

-- Makes an entry the most recently used. Returns what waits, for more to be added.
local function touch(c, key)
  if c.waiting and #c.waiting.recency >= 2 * MOST_WAITING then flush(c) end
  local waiting = c.waiting or {}
  c.waiting = waiting
  wait(waiting, 'recency', next_tick(c), key)
  return waiting
end

-- Has an entry that was used put where its deadline belongs, and its body too if that has changed.
local function place(c, e, body_changed)
  local waiting = touch(c, e.key)
  wait(waiting, 'due', e.due, e.key)
  if body_changed then wait(waiting, 'bodies', e.key, encode(e)) end
  return waiting
end

-- Has a new entry put into all four places.
local function place_new(c, e)
  wait(place(c, e, true), 'keys', '0', e.key)
  if c.size then c.size = c.size + 1 end
end

local function log_end(c, e, type, reason)
  deadline_gone(c, e.deadline)
  c.bytes = c.bytes - #e.key - #e.value
  c[type] = c[type] + 1
  append(c, type, e.key, version_text(c, e), e.due, reason or '', e.value)
end

local function forget(c, keys)
  redis.call('HDEL', c.entries, unpack(keys))
  redis.call('ZREM', c.keys, unpack(keys))
  redis.call('ZREM', c.due, unpack(keys))
  redis.call('ZREM', c.recency, unpack(keys))
  if c.size then c.size = c.size - #keys end
  for _, key in ipairs(keys) do c.known[key] = false end
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
  fetch(c, keys)
  for _, key in ipairs(keys) do
    local e = c.known[key]
    if e then log_end(c, e, type, reason) end
  end
  forget(c, keys)
end

-- Ends up to `most` entries whose deadline has passed, the earliest first. Returns how many.
local function expire_due(c, most)
  flush(c)
  local keys = redis.call('ZRANGEBYSCORE', c.due, '-inf', int(c.now), 'LIMIT', 0, most)
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

-- Evicts the least recently used until the cache is within its policy, or the run has ended as many as it may
-- (`c.may_end`). What is past its deadline has expired and makes room first. `reason` overrides the bound's own name.
local function make_room(c, reason)
  if c.may_end == 0 or not overfull(c) then return end
  c.may_end = c.may_end - expire_due(c, c.may_end)
  local bound = overfull(c)
  while bound and c.may_end > 0 do
    local surplus = bound == 'entries' and math.min(size(c) - c.max_entries, c.may_end) or 1
    finish_all(c, redis.call('ZRANGE', c.recency, 0, surplus - 1), 'evicted', reason or bound)
    c.may_end = c.may_end - surplus
    bound = overfull(c)
  end
end

-- What a client is told of an entry; `value` instead of its own.
local function describe(c, e, value)
  local deadline = e.deadline
  if deadline == math.huge then deadline = 0 end
  return 'ok', version_text(c, e), e.created, e.updated, deadline, value or e.value
end

-- Writes back what the run changed, and tells those who listen. Once, at the end of every writing script.
local function close(c)
  if not c.exists then return end
  flush(c)
  arm(c)
  redis.call('HSET', c.base, 'state', state_of(c))
  write_log(c)
end
