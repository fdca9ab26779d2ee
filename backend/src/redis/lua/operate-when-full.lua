#!lua flags=allow-oom
-- operate-when-full.lua: as operate.lua, for operations that Redis has room for even at its maxmemory: all but `set`.
--@use cache log fuse entry operations
-- KEYS  1 cache  2 shard
-- ARGV  operations (see lib/operations.lua)
-- Returns  now, 1 when there is more to evict (see shrink.lua) or else 0, then six for each operation

return operate(open(KEYS[1], KEYS[2]))
