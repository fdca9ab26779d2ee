#!lua flags=no-writes
-- peek.lua: reads one entry without counting as a use.
--@use cache log fuse entry
-- KEYS  1 cache  2 shard
-- ARGV  1 key
-- Returns  as operate.lua does for one `get`

local c = open(KEYS[1], KEYS[2])
local e = read(c, ARGV[1])
if not e or e.deadline <= c.now then return { c.now, 0, 'missing' } end
return { c.now, 0, describe(c, e) }
