#!lua flags=allow-oom
-- remove.lua: deletes one entry, or takes it: an atomic read and delete.
--@use cache log fuse entry write
-- KEYS  1 cache  2 shard
-- ARGV  1 key  2 condition (see refuse)  3 reason: 'request' or 'take'
-- Returns  'ok', version, createdAt, updatedAt, deadline (0: none), now, value ('' on 'request')
--          | 'missing' | 'mismatch', current version or ''

local c = open(KEYS[1], KEYS[2])
local reply = remove(c, ARGV[1], ARGV[2], ARGV[3])
close(c)
return reply
