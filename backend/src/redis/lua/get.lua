#!lua flags=allow-oom
-- get.lua: reads one entry and counts as a use of it: it becomes the most recently used, and a sliding one is
-- renewed by its own ttl (`renewed` is logged at most once a second an entry).
--@use cache log fuse entry
-- KEYS  1 cache  2 shard
-- ARGV  1 key
-- Returns  'ok', version, createdAt, updatedAt, deadline (0: none), now, value | 'missing'

local COALESCE_MS = 1000

local c = open(KEYS[1], KEYS[2])
if not c.exists then return { 'missing' } end

local e = find(c, ARGV[1])
if not e then
  c.misses = c.misses + 1
  close(c)
  return { 'missing' }
end

c.hits = c.hits + 1
touch(c, e.key)
if c.sliding and e.ttl > 0 then
  set_deadline(c, e, e.ttl)
  redis.call('ZADD', c.due, e.due, e.key)
  if c.now - e.slid >= COALESCE_MS then
    e.slid = c.now
    store(c, e)
    append(c, 'renewed', e.key, version_text(c, e), e.due, 'use', '')
  end
end
close(c)
return describe(c, e)
