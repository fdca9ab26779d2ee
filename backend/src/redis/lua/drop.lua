#!lua flags=allow-oom
-- drop.lua: removes a cache with all its entries: one `cleared` event. The log and its head stay for a day, so
-- that those who were away can read how it ended.
--@use cache log fuse entry
-- KEYS  1 cache  2 shard
-- ARGV  1 the most overdue entries to end in this run
-- Returns  'ok' | 'missing' | 'again': entries past their deadline expire first, and there are more of them

local c = open(KEYS[1], KEYS[2])
if not c.exists then return { 'missing' } end
local most = tonumber(ARGV[1])
if expire_due(c, most) == most then
  close(c)
  return { 'again' }
end

local living = redis.call('HLEN', c.entries)
redis.call('UNLINK', c.entries, c.keys, c.due, c.recency)
c.rearm = true
append(c, 'cleared', '', '', '', int(living), '')
close(c)
redis.call('DEL', c.base)
local rest = open(KEYS[1], KEYS[2])
rest.seq = c.seq
redis.call('HSET', c.base, 'epoch', c.made, 'generations', c.generations or '', 'state', state_of(rest))
redis.call('SREM', c.shard .. ':caches', c.name)
c.exists = false
ensure_head(c)
return { 'ok' }
