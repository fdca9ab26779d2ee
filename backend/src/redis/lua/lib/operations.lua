-- lib/operations.lua: what can be done with an entry. Needs lib/cache, lib/log, lib/fuse and lib/entry.
--
-- A run is given operations on entries of one cache, in order, flat: a verb, its key, and further arguments.
--   get key                          reads it; that counts as a use
--   set key ttl condition value      creates or replaces it; value is JSON text
--   renew key ttl condition          gives it a new ttl from now on
--   delete key condition             removes it
--   take key condition               removes it and tells what it was
-- `ttl` is in milliseconds, '-' none, or for `set` also '' the cache's default. For `condition` see `mismatch`.
--
-- Each has a reply of six of its own, and one refused does not stop the rest:
--   'ok', version, createdAt, updatedAt, deadline (0: none), value ('' after delete; after set: created, 1 or 0)
--   'missing' | 'mismatch', current version or '' | 'ttl-too-long', maxTtlMs | 'too-large', maxBytes; the rest nil

-- The ttl that a request means: '' the cache's default, '-' none, else milliseconds. Second value: whether it is too
-- long.
local function resolve_ttl(c, ttl)
  if ttl == '' then
    local default = c.default_ttl or c.max_ttl
    if default and c.max_ttl then default = math.min(default, c.max_ttl) end
    return default
  end
  ttl = ttl ~= '-' and tonumber(ttl) or nil
  if c.max_ttl and (not ttl or ttl > c.max_ttl) then return nil, true end
  return ttl
end

-- Checks a precondition against the entry found (or nil). `condition` is '' (none), 'none:*' or 'none:v v'
-- (If-None-Match), 'match:*' or 'match:v v' (If-Match), v being versions. Returns the current version where it does not
-- hold, else nil.
local function mismatch(c, e, condition)
  if condition == '' then return nil end
  local current = e and version_text(c, e) or ''
  local kind, wanted = string.match(condition, '^(%l+):(.*)$')
  local holds = false
  if e then
    holds = wanted == '*' or string.find(' ' .. wanted .. ' ', ' ' .. current .. ' ', 1, true) ~= nil
  end
  if kind == 'none' then holds = not holds end
  return not holds and current or nil
end

-- A use makes an entry the most recently used, and renews a sliding one by its own ttl. `renewed` is logged at most
-- once in so long an entry.
local COALESCE_MS = 1000

local function get(c, key)
  local e = find(c, key)
  if not e then
    if c.exists then c.misses = c.misses + 1 end
    return 'missing'
  end
  c.hits = c.hits + 1
  if c.sliding and e.ttl > 0 then
    set_deadline(c, e, e.ttl)
    local tell = c.now - e.slid >= COALESCE_MS
    if tell then e.slid = c.now end
    place(c, e, tell)
    if tell then append(c, 'renewed', key, version_text(c, e), e.due, 'use', '') end
  else
    touch(c, key)
  end
  return describe(c, e)
end

local function set(c, key, ttl_asked, condition, value)
  local ttl, too_long = resolve_ttl(c, ttl_asked)
  if too_long then return 'ttl-too-long', c.max_ttl end
  if c.max_bytes and #key + #value > c.max_bytes then return 'too-large', c.max_bytes end
  local old = find(c, key)
  local current = mismatch(c, old, condition)
  if current then return 'mismatch', current end

  ensure_cache(c)
  local e = {
    key = key, value = value, created = old and old.created or c.now, updated = c.now, slid = old and old.slid or 0,
    ttl = 0,
    version = c.seq + 1, version_text = nil, deadline = old and old.deadline, due = nil,
  }
  c.known[key] = e
  c.bytes = c.bytes + (old and #value - #old.value or #key + #value)
  set_deadline(c, e, ttl)
  if old then
    place(c, e, true)
  else
    place_new(c, e)
    c.created = c.created + 1
  end
  append(c, old and 'updated' or 'created', key, version_text(c, e), e.due, '', value)
  make_room(c)
  return describe(c, e, old and 0 or 1)
end

-- An entry keeps its version when it is renewed: that is the value's.
local function renew(c, key, ttl_asked, condition)
  local e = find(c, key)
  local current = mismatch(c, e, condition)
  if current then return 'mismatch', current end
  if not e then return 'missing' end
  local ttl, too_long = resolve_ttl(c, ttl_asked)
  if too_long then return 'ttl-too-long', c.max_ttl end
  set_deadline(c, e, ttl)
  place(c, e, true)
  append(c, 'renewed', key, version_text(c, e), e.due, 'request', '')
  return describe(c, e)
end

local function remove(c, key, condition, reason)
  local e = find(c, key)
  local current = mismatch(c, e, condition)
  if current then return 'mismatch', current end
  if not e then return 'missing' end
  finish(c, e, 'deleted', reason)
  return describe(c, e, reason == 'request' and '' or nil)
end

-- How many arguments each verb takes.
local TAKES = { get = 1, set = 4, renew = 3, delete = 2, take = 2 }

local function do_one(c, at)
  local verb, key = ARGV[at], ARGV[at + 1]
  if verb == 'get' then return get(c, key) end
  if verb == 'set' then return set(c, key, ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]) end
  if verb == 'renew' then return renew(c, key, ARGV[at + 2], ARGV[at + 3]) end
  return remove(c, key, ARGV[at + 2], verb == 'take' and 'take' or 'request')
end

-- Does all that ARGV asks for. Returns the clock, 1 when shrink.lua has more to evict or else 0, then the replies, flat.
local function operate(c)
  local places, keys, at = {}, {}, 1
  while ARGV[at] do
    places[#places + 1], keys[#keys + 1] = at, ARGV[at + 1]
    at = at + 1 + TAKES[ARGV[at]]
  end
  if #keys > 1 then fetch(c, keys) end

  local replies, n = { c.now, 0 }, 2
  for _, from in ipairs(places) do
    local code, version, created, updated, deadline, value = do_one(c, from)
    replies[n + 1], replies[n + 2], replies[n + 3] = code, version or false, created or false
    replies[n + 4], replies[n + 5], replies[n + 6] = updated or false, deadline or false, value or false
    n = n + 6
  end
  replies[2] = overfull(c) and 1 or 0
  close(c)
  return replies
end
