#!lua
-- set-policy.lua: creates a cache or replaces its policy.
--@use cache
-- KEYS  1 cache  2 shard
-- ARGV  1 maxEntries  2 maxBytes  3 defaultTtlMs  4 maxTtlMs ('' in any: no bound)  5 sliding (1 or 0)  6 history
-- Returns  created (1 or 0)
-- What the new policy leaves no room for is evicted by shrink.lua, called next.

local c = open(KEYS[1], KEYS[2])
local created = not c.exists
ensure_cache(c)
for i, field in ipairs({ 'maxEntries', 'maxBytes', 'defaultTtlMs', 'maxTtlMs' }) do
  if ARGV[i] == '' then
    redis.call('HDEL', c.base, field)
  else
    redis.call('HSET', c.base, field, ARGV[i])
  end
end
redis.call('HSET', c.base, 'sliding', ARGV[5], 'history', ARGV[6])
redis.call('XTRIM', c.log, 'MAXLEN', '~', ARGV[6])
return created and 1 or 0
