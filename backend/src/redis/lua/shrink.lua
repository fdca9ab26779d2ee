#!lua flags=allow-oom
-- shrink.lua: evicts what the cache's policy leaves no room for, least recently used first, a part at a time.
--@use cache log fuse entry
-- KEYS  1 cache  2 shard
-- ARGV  1 the most entries to end in this run  2 the reason to give, '' that of the bound
-- Returns  1 when there is more to evict, else 0

local c = open(KEYS[1], KEYS[2])
if not c.exists then return 0 end
c.may_end = tonumber(ARGV[1])
make_room(c, ARGV[2] ~= '' and ARGV[2] or nil)
local more = overfull(c)
close(c)
return more and 1 or 0
