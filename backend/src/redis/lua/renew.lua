#!lua flags=allow-oom
-- renew.lua: gives one entry a new ttl from now on, or none.
--@use cache log fuse entry write
-- KEYS  1 cache  2 shard
-- ARGV  1 key  2 ttl in ms, '-' none  3 condition (see refuse)
-- Returns  'ok', version, createdAt, updatedAt, deadline (0: none), now, value
--          | 'missing' | 'mismatch', current version or '' | 'ttl-too-long', maxTtlMs

local c = open(KEYS[1], KEYS[2])
local reply = renew(c, ARGV[1], ARGV[2], ARGV[3])
close(c)
return reply
