#!lua
-- batch.lua: many writes in one run, in order. Each has a reply of its own; one refused does not stop the rest.
--@use cache log fuse entry write
-- KEYS  1 cache  2 shard
-- ARGV  four for each operation: 'set' | 'renew' | 'delete', key, ttl (see put, renew), value ('' but for set)
-- Returns  a list of replies, as put, renew and remove give them
-- Refused as a whole when Redis is at its maxmemory.

local c = open(KEYS[1], KEYS[2])
local keys, replies = {}, {}
for i = 2, #ARGV, 4 do keys[#keys + 1] = ARGV[i] end
fetch(c, keys)
for i = 1, #ARGV, 4 do
  local op, key, ttl, value = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local reply
  if op == 'set' then
    reply = put(c, key, value, ttl, '')
  elseif op == 'renew' then
    reply = renew(c, key, ttl, '')
  else
    reply = remove(c, key, '', 'request')
  end
  replies[#replies + 1] = reply
end
close(c)
return replies
