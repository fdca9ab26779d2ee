#!lua
-- put.lua: creates or replaces one entry.
--@use cache log fuse entry write
-- KEYS  1 cache  2 shard
-- ARGV  1 key  2 value (JSON text)  3 ttl in ms, '' the cache's default, '-' none  4 condition (see refuse)
-- Returns  'ok', version, createdAt, updatedAt, deadline (0: none), now, '', created (1 or 0)
--          | 'mismatch', current version or '' | 'ttl-too-long', maxTtlMs | 'too-large', maxBytes
-- Refused as a whole when Redis is at its maxmemory (no allow-oom flag).

local c = open(KEYS[1], KEYS[2])
local reply = put(c, ARGV[1], ARGV[2], ARGV[3], ARGV[4])
close(c)
return reply
