#!lua flags=allow-oom
-- head.lua: where a cache's log stands, made if nobody has asked before. The cache itself need not exist.
--@use cache
-- KEYS  1 cache  2 shard
-- Returns  epoch, seq of the newest event (0: none yet), now

local c = open(KEYS[1], KEYS[2])
ensure_head(c)
return { c.epoch, c.seq, c.now }
