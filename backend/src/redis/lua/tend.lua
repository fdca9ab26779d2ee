#!lua flags=allow-oom
-- tend.lua: takes or renews the lease on sweeping a shard, if no other backend holds it.
-- KEYS  1 shard
-- ARGV  1 this backend  2 the lease's length in ms, 0 to give it up
-- Returns  1 when this backend holds the lease (else 0), the shard's next deadline in ms (0: none)

local lease, me, length = KEYS[1] .. ':lease', ARGV[1], tonumber(ARGV[2])
local holder = redis.call('GET', lease)
local mine = not holder or holder == me
if mine and length > 0 then
  redis.call('SET', lease, me, 'PX', length)
elseif holder == me then
  redis.call('DEL', lease)
  mine = false
end
local first = redis.call('ZRANGE', KEYS[1] .. ':next', 0, 0, 'WITHSCORES')
return { mine and 1 or 0, tonumber(first[2] or 0) }
