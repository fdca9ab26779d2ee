-- lib/write.lua: the verbs that change an entry, shared by the single calls and the batch.
-- Needs lib/cache, lib/log and lib/entry. Each returns a reply: 'ok' and the entry, or a code and its details.

-- The most entries that one write may evict: bounds the time a script holds Redis.
local MOST = 1000

-- The ttl that a request means: '' the cache's default, '-' none, else milliseconds. Second value: a refusal.
local function resolve_ttl(c, ttl)
  if ttl == '' then
    local default = c.default_ttl or c.max_ttl
    if default and c.max_ttl then default = math.min(default, c.max_ttl) end
    return default
  end
  ttl = ttl ~= '-' and tonumber(ttl) or nil
  if c.max_ttl and (not ttl or ttl > c.max_ttl) then return nil, { 'ttl-too-long', c.max_ttl } end
  return ttl
end

-- Checks a precondition against the entry found (or nil). `condition` is '' (none), 'none:*' or 'none:v v'
-- (If-None-Match), 'match:*' or 'match:v v' (If-Match), v being versions. Returns a refusal or nil.
local function refuse(c, e, condition)
  if condition == '' then return nil end
  local current = e and version_text(c, e) or ''
  local kind, wanted = string.match(condition, '^(%l+):(.*)$')
  local holds = false
  if e then
    holds = wanted == '*' or string.find(' ' .. wanted .. ' ', ' ' .. current .. ' ', 1, true) ~= nil
  end
  if kind == 'none' then holds = not holds end
  if holds then return nil end
  return { 'mismatch', current }
end

-- Creates or replaces. `created` in the reply tells which: 1 or 0, last.
local function put(c, key, value, ttl_asked, condition)
  local ttl, refusal = resolve_ttl(c, ttl_asked)
  if refusal then return refusal end
  if c.max_bytes and #key + #value > c.max_bytes then return { 'too-large', c.max_bytes } end
  local old = find(c, key)
  refusal = refuse(c, old, condition)
  if refusal then return refusal end

  ensure_cache(c)
  local e = {
    key = key, value = value, created = old and old.created or c.now, updated = c.now, slid = 0, ttl = 0,
    version = c.seq + 1, version_text = nil, deadline = old and old.deadline, due = nil,
  }
  c.bytes = c.bytes + (old and #value - #old.value or #key + #value)
  set_deadline(c, e, ttl)
  put_later(c, e, not old)
  if not old then c.created = c.created + 1 end
  append(c, old and 'updated' or 'created', key, version_text(c, e), e.due, '', value)
  make_room(c, MOST)
  return describe(c, e, '', old and 0 or 1)
end

-- Gives a living entry a new ttl from now on; '-' removes its deadline. It keeps its version: that is the value's.
local function renew(c, key, ttl_asked, condition)
  local e = find(c, key)
  local refusal = refuse(c, e, condition)
  if refusal then return refusal end
  if not e then return { 'missing' } end
  local ttl
  ttl, refusal = resolve_ttl(c, ttl_asked)
  if refusal then return refusal end
  flush(c)
  set_deadline(c, e, ttl)
  redis.call('ZADD', c.due, e.due, key)
  store(c, e)
  touch(c, key)
  append(c, 'renewed', key, version_text(c, e), e.due, 'request', '')
  return describe(c, e)
end

-- Removes a living entry; `reason` is 'request' or 'take'. Either way the reply carries what it was.
local function remove(c, key, condition, reason)
  local e = find(c, key)
  local refusal = refuse(c, e, condition)
  if refusal then return refusal end
  if not e then return { 'missing' } end
  finish(c, e, 'deleted', reason)
  return describe(c, e, reason == 'request' and '' or nil)
end
