#!lua
-- operate.lua: operations on entries of one cache, any of them.
--@use cache log fuse entry operations
-- KEYS  1 cache  2 shard
-- ARGV  operations (see lib/operations.lua)
-- Returns  now, 1 when there is more to evict (see shrink.lua) or else 0, then six for each operation
-- Refused as a whole when Redis is at its maxmemory (no allow-oom flag).

return operate(open(KEYS[1], KEYS[2]))
