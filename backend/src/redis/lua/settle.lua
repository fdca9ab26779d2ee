#!lua flags=allow-oom
-- settle.lua: ends the entries of one shard whose deadline has passed, the earliest first, and lights the fuse
-- anew. Safe to run at any time, by any number of backends: a life that has ended is not found again.
--@use cache log fuse entry
-- KEYS  1 shard
-- ARGV  1 the most entries to end in this run
-- Returns  entries ended, now, the shard's next deadline in ms (0: none)

local shard, budget = KEYS[1], tonumber(ARGV[1])
local ended, now = 0, clock()
local first
repeat
  first = redis.call('ZRANGE', shard .. ':next', 0, 0, 'WITHSCORES')
  if not first[1] or tonumber(first[2]) > now or ended >= budget then break end
  local c = open(shard .. ':cache:' .. first[1], shard)
  ended = ended + expire_due(c, budget - ended)
  c.armed, c.rearm = 0, true
  if c.exists then close(c) else redis.call('ZREM', shard .. ':next', first[1]) end
until false
return { ended, now, tonumber(first[2] or 0) }
